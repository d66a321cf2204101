import type { DecisionKind } from '#domain/devices/device.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { decisionsInForce } from '#identity/decisions.js';
import type { Executor } from '#store/database/database.js';
import { decisionsOf } from '#store/devices/device-component.js';
import {
  decisionUids,
  insertDecision,
  type NewDecision,
  placesOfBindings,
} from '#store/devices/device-decisions.js';
import { tryDeviceLock } from '#store/devices/device-lock.js';
import { type DeviceView, devicesById } from '#store/devices/device-views.js';
import { onTrial } from '#store/edits/edit-lock.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { serialized, type Turn } from '#work/context/serialize.js';
import { foldDevices } from '#work/devices/fold-devices.js';
import { DEVICE_STATEMENT_TIMEOUT_MS } from '#work/devices/identify-devices.js';
import { newUid } from '#work/edits/record-edit.js';

/** Pairs of address bindings that one decision covers: a merge of 256, or one split from as many others. */
export const MAX_PAIRS_PER_DECISION = (256 * 255) / 2;

/** Who decides, and whether the decision is stored. */
export interface Deciding {
  readonly actor: Actor;
  /** Rolls everything back at the end, and returns what would have changed. */
  readonly dryRun?: boolean | undefined;
}

export interface DecisionOutcome {
  /** The id for undoing the decision; null for a dry run. */
  readonly decision: string | null;
  /** The affected devices, before and after. */
  readonly before: readonly DeviceView[];
  readonly after: readonly DeviceView[];
  /** Where an undo changes nothing: the other decisions that keep the devices as they are, at most `KEEPERS_SHOWN`. */
  readonly keptBy: readonly string[];
}

const KEEPERS_SHOWN = 5;

/** A decision without its author. */
export type DecisionPlan = Pick<NewDecision, 'kind' | 'undoes' | 'bindings'>;

/**
 * Stores the decision of `plan` under the device lock of the site. Throws `conflict` when the lock is not free within
 * `DEVICE_STATEMENT_TIMEOUT_MS`.
 */
export async function decideLocked(
  context: WorkContext,
  siteId: number,
  { actor, dryRun = false }: Deciding,
  plan: (executor: Executor) => Promise<DecisionPlan>,
): Promise<DecisionOutcome> {
  const uid = newUid(context);
  const turn: Turn = {
    take: (executor) => tryDeviceLock(executor, siteId),
    timeoutMs: DEVICE_STATEMENT_TIMEOUT_MS,
    busy,
  };
  const outcome = await serialized(context, turn, async (executor) => {
    const decision = { uid, siteId, actor, ...(await plan(executor)) };
    refuseTooMany(decision);
    const work = () => carryOut(context, executor, decision);
    return dryRun ? onTrial(executor, work) : work();
  });
  if (!dryRun) context.log.info({ decision: uid, actor }, 'devices decided');
  return { ...outcome, decision: dryRun ? null : uid };
}

function busy(): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    'The devices of this site are being computed or changed by another user, so nothing was changed.',
    { hint: 'Try again in a minute.' },
  );
}

/** An undo covers the same pairs as the decision that it undoes. */
function refuseTooMany({ kind, bindings }: DecisionPlan): void {
  const others = bindings.filter(({ side }) => side === 1).length;
  const pairs = {
    merge: (bindings.length * (bindings.length - 1)) / 2,
    split: others * (bindings.length - others),
    dismiss: others * (bindings.length - others),
    undo: 0,
  }[kind];
  if (pairs <= MAX_PAIRS_PER_DECISION) return;
  const [most, probed] = [MAX_PAIRS_PER_DECISION, pairs].map((count) => count.toLocaleString('en'));
  throw new ScanoramaError(
    'invalid_request',
    `One decision covers at most ${most} pairs of addresses, and this one has ${probed}.`,
    { hint: 'Select fewer addresses at a time.', facts: { limit: MAX_PAIRS_PER_DECISION, pairs } },
  );
}

async function carryOut(
  context: WorkContext,
  executor: Executor,
  decision: NewDecision,
): Promise<Omit<DecisionOutcome, 'decision'>> {
  const bindingIds = decision.bindings.map(({ bindingId }) => bindingId);
  const { hostIds, deviceIds } = await placesOfBindings(executor, bindingIds);
  const before = await devicesById(executor, deviceIds);
  await insertDecision(executor, decision);
  await foldDevices(context, executor, { siteId: decision.siteId, hostIds });
  const after = await devicesById(executor, (await placesOfBindings(executor, bindingIds)).deviceIds);
  const isUnchanged = sameIds(before, after);
  const keptBy = decision.kind === 'undo' && isUnchanged ? await keepersOf(executor, hostIds, after) : [];
  return { before, after, keptBy };
}

function sameIds(before: readonly DeviceView[], after: readonly DeviceView[]): boolean {
  const ids = new Set(before.map(({ id }) => id));
  return before.length === after.length && after.every(({ id }) => ids.has(id));
}

/** Decisions in force that keep these hosts together, where they are one device, or apart. */
async function keepersOf(
  executor: Executor,
  hostIds: readonly number[],
  devices: readonly DeviceView[],
): Promise<readonly string[]> {
  const isKeeper = (kind: DecisionKind) => (kind === 'merge') === (devices.length === 1);
  const kept = decisionsInForce(await decisionsOf(executor, hostIds)).filter(({ kind }) => isKeeper(kind));
  return decisionUids(
    executor,
    kept.slice(-KEEPERS_SHOWN).map(({ id }) => id),
  );
}
