import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { builtInError, builtInProfile, checkProfileName } from '#domain/profiles/profile.js';
import {
  checkSettings,
  mergeSettings,
  type ScanSettings,
  type SettingChanges,
} from '#domain/scans/scan-settings.js';
import { quote } from '#domain/text/quote.js';
import { constraintOf } from '#store/database/failure.js';
import {
  deleteProfile,
  findStoredProfile,
  insertProfile,
  lockProfile,
  type StoredProfile,
  updateProfile,
} from '#store/profiles/profiles.js';
import { schedulesByProfile } from '#store/schedules/schedules.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { settingsOfScan } from '#work/scans/scan-settings.js';

export interface ProfileOrder {
  readonly name: string;
  readonly description: string | null;
  /** The id of a scan whose way is kept. */
  readonly fromScan?: string | undefined;
  readonly changes: SettingChanges;
  readonly actor: Actor;
}

/**
 * Stores a profile, or the way in which a scan was made. Throws `invalid_request`, `idle_setting`, `invalid_ports`,
 * `not_found` for the scan, and `conflict` for its name.
 */
export async function createProfile(context: WorkContext, order: ProfileOrder): Promise<StoredProfile> {
  const { fromScan, changes } = order;
  const base = fromScan === undefined ? {} : await settingsOfScan(context.store.read, fromScan);
  return storeProfile(context, { ...order, settings: mergeSettings(base, changes).settings });
}

export interface CloneOrder {
  readonly name: string;
  /** None when absent: that of the original tells of settings that the copy is made to change. */
  readonly description?: string | null | undefined;
  readonly actor: Actor;
}

/** Stores a copy of a profile, built in or not. Throws `not_found`, `invalid_request`, `conflict`. */
export async function cloneProfile(
  context: WorkContext,
  text: string,
  order: CloneOrder,
): Promise<StoredProfile> {
  const original = builtInProfile(text) ?? (await findStoredProfile(context.store.read, text));
  const { description = null } = order;
  return storeProfile(context, { ...order, description, settings: original.settings });
}

interface NewProfile {
  readonly name: string;
  readonly description: string | null;
  readonly settings: ScanSettings;
  readonly actor: Actor;
}

async function storeProfile(context: WorkContext, { actor, ...wanted }: NewProfile): Promise<StoredProfile> {
  const { description, settings } = wanted;
  const name = checkProfileName(wanted.name);
  checkSettings(settings);
  const uid = createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
  return context.store.transaction(async (executor) => {
    const profile = { uid, name, description, settings, createdBy: actor };
    if (!(await insertProfile(executor, profile))) throw nameTaken(name);
    context.log.info({ profile: uid, name, settings, actor }, 'profile created');
    return findStoredProfile(executor, uid);
  });
}

export interface ProfileChange {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly settings: SettingChanges;
  readonly actor: Actor;
}

/**
 * Changes a profile; scans that were started by it keep what they run with. Throws `built_in_profile`, `not_found`,
 * `invalid_request`, `idle_setting`, `invalid_ports`, `conflict`.
 */
export async function changeProfile(
  context: WorkContext,
  text: string,
  change: ProfileChange,
): Promise<StoredProfile> {
  refuseBuiltIn(text);
  try {
    return await context.store.transaction(async (executor) => {
      const profile = await lockProfile(executor, text);
      const { name = profile.name, description = profile.description, actor } = change;
      const { settings } = mergeSettings(profile.settings, change.settings);
      checkSettings(settings);
      await updateProfile(executor, profile.id, { name: checkProfileName(name), description, settings });
      context.log.info({ profile: profile.uid, name, settings, actor }, 'profile changed');
      return findStoredProfile(executor, profile.uid);
    });
  } catch (error) {
    const cause = error instanceof ScanoramaError ? error.cause : error;
    if (constraintOf(cause) === 'scan_profiles_name_once') throw nameTaken(change.name ?? '', error);
    throw error;
  }
}

/**
 * Removes a profile; its scans stay, with all that they ran with. Throws `built_in_profile`, `not_found`, and `conflict`
 * while a schedule scans by it.
 */
export async function removeProfile(context: WorkContext, text: string, actor: Actor): Promise<void> {
  refuseBuiltIn(text);
  await context.store.transaction(async (executor) => {
    const { id, uid, name, settings } = await lockProfile(executor, text);
    const [schedule] = await schedulesByProfile(executor, id);
    if (schedule !== undefined) throw inUse(name, schedule);
    await deleteProfile(executor, id);
    context.log.info({ profile: uid, name, settings, actor }, 'profile removed');
  });
}

function refuseBuiltIn(text: string): void {
  const builtIn = builtInProfile(text);
  if (builtIn !== undefined) throw builtInError(builtIn);
}

function nameTaken(name: string, cause?: unknown): ScanoramaError {
  return new ScanoramaError('conflict', `There is a profile called ${quote(name)} already.`, {
    at: name,
    hint: 'Names are compared without their case; give it another one.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function inUse(name: string, schedule: string): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    `The profile ${quote(name)} cannot be removed: the schedule ${quote(schedule)} scans by it.`,
    { at: name, hint: 'Give the schedule another profile first, or remove it.' },
  );
}
