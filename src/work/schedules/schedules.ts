import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { builtInProfile } from '#domain/profiles/profile.js';
import { checkCron, checkTimezone, nextDue } from '#domain/schedules/cron.js';
import { checkJitter } from '#domain/schedules/due-runs.js';
import {
  type CatchUp,
  checkPolicy,
  checkScheduleName,
  MAX_WAITING_RUNS,
  type Overlap,
  type RunPolicy,
  type ScheduleInput,
} from '#domain/schedules/schedule.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { constraintOf } from '#store/database/failure.js';
import { serverNow } from '#store/database/server-clock.js';
import { recordScheduleEvent } from '#store/events/events.js';
import { findStoredProfile, lockProfileRow } from '#store/profiles/profiles.js';
import { countWaitingRuns, insertRuns, isUnderWay, skipWaitingRuns } from '#store/schedules/schedule-runs.js';
import {
  deleteSchedule,
  findScheduleView,
  insertSchedule,
  lockSchedule,
  type ScheduleContent,
  type ScheduleProfile,
  type ScheduleView,
  type StoredSchedule,
  updateSchedule,
} from '#store/schedules/schedules.js';
import { siteIdByName } from '#store/sites/sites.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { checkInput, probesTheSame, type ScheduledInput } from '#work/schedules/schedule-kinds.js';
import { assertStillNamed, type HeldName, lockScheduled } from '#work/schedules/schedule-references.js';

/** Tells what time it is for schedules; that of PostgreSQL, so that the clocks of programs need not agree. */
export type ScheduleClock = (executor: Executor) => Promise<number>;

export interface ScheduleTimes {
  readonly cron: string;
  readonly timezone: string;
  readonly catchUp: CatchUp;
  readonly overlap: Overlap;
}

export interface ScheduleOrder extends ScheduleTimes, RunPolicy {
  readonly name: string;
  readonly description: string | null;
  readonly input: ScheduleInput;
  /** Of a kind that is of a site. */
  readonly site: string | null;
  /** The id or name of the profile a scan is made by. */
  readonly profile: string | null;
  readonly enabled: boolean;
  readonly actor: Actor;
}

/**
 * Stores a schedule. Throws `invalid_request` for a name, cron, zone or policy, `conflict` for a name that is taken, and
 * whatever the first run would fail with if it were now.
 */
export async function createSchedule(
  context: WorkContext,
  order: ScheduleOrder,
  { signal, now = serverNow }: { readonly signal: AbortSignal; readonly now?: ScheduleClock },
): Promise<ScheduleView> {
  const { input, site, actor, profile: text, ...given } = order;
  const times = { cron: checkCron(order.cron), timezone: checkTimezone(order.timezone) };
  const name = checkScheduleName(order.name);
  checkPolicy(order);
  const profile = await profileOf(context.store.read, text);
  const named = await checkNamed(context, { ...input, name, site, profile: text }, signal);
  const uid = createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
  return context.store.transaction(async (executor) => {
    const siteId = site === null ? null : await siteIdByName(executor, site);
    await lockChosen(executor, { profile, input, siteId, named });
    const nowMs = await now(executor);
    checkJitter(times.cron, order.jitterMs, nowMs);
    const nextDueAt = order.enabled ? new Date(nextDue(times, nowMs)) : null;
    const content: ScheduleContent = { ...given, ...times, ...input, name, nextDueAt };
    if (!(await insertSchedule(executor, { uid, siteId, profile, content, createdBy: actor })))
      throw nameTaken(name);
    await recordScheduleEvent(executor, { kind: 'schedule.changed', schedule: uid, payload: { actor } });
    context.log.info({ schedule: uid, name, kind: input.kind, ...times, actor }, 'schedule created');
    return findScheduleView(executor, uid);
  });
}

/** What is absent stays. */
export interface ScheduleChange extends Partial<ScheduleTimes>, Partial<RunPolicy> {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  /** Takes the place of all that the schedule was to do; of the same kind. */
  readonly input?: ScheduleInput | undefined;
  /** Given with the wish; null takes it back. */
  readonly profile?: string | null | undefined;
  readonly enabled?: boolean | undefined;
  /** What was seen of it when the change was thought of; `conflict` if it was changed since. */
  readonly revision?: number | undefined;
}

export interface ScheduleChangeParts {
  readonly change: ScheduleChange;
  readonly actor: Actor;
  readonly signal: AbortSignal;
  readonly now?: ScheduleClock;
}

/**
 * Changes a schedule at once, for every program: what was due by other times and has not begun is skipped, and so is all
 * that waits when it is paused. Throws as `createSchedule` does, and `not_found`.
 */
export async function changeSchedule(
  context: WorkContext,
  text: string,
  { change, actor, signal, now = serverNow }: ScheduleChangeParts,
): Promise<ScheduleView> {
  const before = await findScheduleView(context.store.read, text);
  const chosen = await inputAfter(context, before, { change, signal });
  return withNameOnce(change.name, () =>
    context.store.transaction(async (executor) => {
      const schedule = await lockSchedule(executor, before.uid);
      if ((change.revision ?? before.revision) !== schedule.revision) throw changedSince(schedule);
      await lockChosen(executor, { ...chosen, siteId: schedule.siteId });
      const nowMs = await now(executor);
      const content = contentAfter(schedule, { change, input: chosen.input, nowMs });
      const hasOtherTimes = content.cron !== schedule.cron || content.timezone !== schedule.timezone;
      const at = { now: new Date(nowMs) };
      if (!content.enabled)
        await skipWaitingRuns(executor, schedule.id, { ...at, reason: 'paused', alsoTried: true });
      else if (hasOtherTimes)
        await skipWaitingRuns(executor, schedule.id, { ...at, reason: 'changed', alsoTried: false });
      const forgetFailures = content.enabled && !schedule.enabled;
      const { profile } = chosen;
      await updateSchedule(executor, schedule.id, { profile, content, forgetFailures, updatedBy: actor });
      await recordScheduleEvent(executor, {
        kind: 'schedule.changed',
        schedule: schedule.uid,
        payload: { actor },
      });
      context.log.info({ schedule: schedule.uid, name: content.name, actor }, 'schedule changed');
      return findScheduleView(executor, schedule.uid);
    }),
  );
}

/** What it is to do from now on, checked where that or its being enabled changes. */
async function inputAfter(
  context: WorkContext,
  before: StoredSchedule,
  { change, signal }: Pick<ScheduleChangeParts, 'change' | 'signal'>,
): Promise<Omit<Chosen, 'siteId'>> {
  const { input = before, profile: text = before.builtinProfile ?? before.profileUid } = change;
  if (input.kind !== before.kind) {
    throw new ScanoramaError('invalid_request', `A schedule of the kind ${before.kind} stays one.`, {
      at: 'kind',
      hint: 'Make another schedule, and remove this one.',
    });
  }
  const profile = await profileOf(context.store.read, text);
  const isBegun = change.enabled === true && !before.enabled;
  if (change.input === undefined && change.profile === undefined && !isBegun)
    return { input, profile, named: null };
  const { name, site } = before;
  // A network that is disabled meanwhile keeps nobody from changing the rest.
  const disabledToo = !isBegun && probesTheSame(before, input);
  const checked = { ...input, name, site, profile: text, disabledToo };
  return { input, profile, named: await checkNamed(context, checked, signal) };
}

/** What it names by now. Throws what a run would fail with. */
async function checkNamed(
  context: WorkContext,
  input: ScheduledInput,
  signal: AbortSignal,
): Promise<readonly HeldName[]> {
  const { read } = context.store;
  const siteId = input.site === null ? null : await siteIdByName(read, input.site);
  const named = await lockScheduled(read, siteId, input);
  await checkInput(context, input, signal);
  return named;
}

interface ContentParts {
  readonly change: ScheduleChange;
  readonly input: ScheduleInput;
  readonly nowMs: number;
}

/** What was due already stays so, unless the times are others. */
function contentAfter(schedule: StoredSchedule, { change, input, nowMs }: ContentParts): ScheduleContent {
  const cron = change.cron === undefined ? schedule.cron : checkCron(change.cron);
  const timezone = change.timezone === undefined ? schedule.timezone : checkTimezone(change.timezone);
  const enabled = change.enabled ?? schedule.enabled;
  const isSame = cron === schedule.cron && timezone === schedule.timezone ? schedule.nextDueAt : null;
  const policy = {
    jitterMs: change.jitterMs ?? schedule.jitterMs,
    maxFailures: change.maxFailures === undefined ? schedule.maxFailures : change.maxFailures,
    retries: change.retries ?? schedule.retries,
    retryDelayMs: change.retryDelayMs ?? schedule.retryDelayMs,
  };
  checkPolicy(policy);
  // One of before there was this check is still changed in other ways.
  if (cron !== schedule.cron || policy.jitterMs !== schedule.jitterMs)
    checkJitter(cron, policy.jitterMs, nowMs);
  return {
    ...input,
    ...policy,
    name: change.name === undefined ? schedule.name : checkScheduleName(change.name),
    description: change.description === undefined ? schedule.description : change.description,
    cron,
    timezone,
    catchUp: change.catchUp ?? schedule.catchUp,
    overlap: change.overlap ?? schedule.overlap,
    enabled,
    nextDueAt: enabled ? (isSame ?? new Date(nextDue({ cron, timezone }, nowMs))) : null,
  };
}

/** Removes a schedule and what is told of its runs; scans that it started stay, also one that is running. */
export async function removeSchedule(context: WorkContext, text: string, actor: Actor): Promise<void> {
  await context.store.transaction(async (executor) => {
    const { id, uid, name } = await lockSchedule(executor, text);
    await deleteSchedule(executor, id);
    await recordScheduleEvent(executor, {
      kind: 'schedule.changed',
      schedule: uid,
      payload: { actor, removed: name },
    });
    context.log.info({ schedule: uid, name, actor }, 'schedule removed');
  });
}

/** Asks for a run beside those that are due, also of a schedule that is paused; gives its id. `conflict` where it would overlap. */
export async function runNow(
  context: WorkContext,
  text: string,
  { actor, now = serverNow }: { readonly actor: Actor; readonly now?: ScheduleClock },
): Promise<{ schedule: string; run: string }> {
  const run = createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
  return context.store.transaction(async (executor) => {
    const schedule = await lockSchedule(executor, text);
    if (schedule.overlap === 'skip' && (await isUnderWay(executor, schedule.id))) throw isRunning(schedule);
    if ((await countWaitingRuns(executor, schedule.id)) >= MAX_WAITING_RUNS) throw isRunning(schedule);
    const at = new Date(await now(executor));
    const probed = { uid: run, dueAt: at, startsAt: at, cause: 'manual', requestedBy: actor } as const;
    const target = { scheduleId: schedule.id, now: at };
    if ((await insertRuns(executor, target, [{ ...probed, skip: null, missedFrom: null }])) === 0)
      throw isRunning(schedule);
    await recordScheduleEvent(executor, { kind: 'schedule.run', schedule: schedule.uid, payload: { actor } });
    context.log.info({ schedule: schedule.uid, run, actor }, 'a run was asked for');
    return { schedule: schedule.uid, run };
  });
}

async function profileOf(executor: Executor, text: string | null): Promise<ScheduleProfile | null> {
  if (text === null) return null;
  const builtIn = builtInProfile(text);
  if (builtIn !== undefined) return { id: null, builtIn: builtIn.name };
  return { id: (await findStoredProfile(executor, text)).id, builtIn: null };
}

interface Chosen {
  readonly profile: ScheduleProfile | null;
  readonly input: ScheduleInput;
  readonly siteId: number | null;
  /** What it named when it was checked; null where that was not needed. */
  readonly named: readonly HeldName[] | null;
}

/** What was there when the schedule was checked is there while it is stored, and called so. */
async function lockChosen(executor: Executor, { profile, input, siteId, named }: Chosen): Promise<void> {
  if (named !== null) assertStillNamed(named, await lockScheduled(executor, siteId, input));
  if (profile === null || profile.id === null || (await lockProfileRow(executor, profile.id))) return;
  throw new ScanoramaError('conflict', 'The profile was removed while the schedule was being stored.', {
    hint: '`scanorama profiles list` shows the profiles.',
  });
}

async function withNameOnce<Result>(name: string | undefined, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof ScanoramaError ? error.cause : error;
    if (constraintOf(cause) === 'schedules_name_once') throw nameTaken(name ?? '', error);
    throw error;
  }
}

function nameTaken(name: string, cause?: unknown): ScanoramaError {
  return new ScanoramaError('conflict', `There is a schedule called ${quote(name)} already.`, {
    at: name,
    hint: 'Names are compared without their case; give it another one.',
    cause,
  });
}

function changedSince({ name, revision }: StoredSchedule): ScanoramaError {
  return new ScanoramaError('conflict', `The schedule ${quote(name)} was changed meanwhile.`, {
    at: name,
    hint: 'Look at it again, and say what is to be different.',
    facts: { revision },
  });
}

function isRunning({ name }: StoredSchedule): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    `A run of the schedule ${quote(name)} is under way or about to begin.`,
    {
      at: name,
      hint: 'Wait until it has ended, stop its scan, or let runs wait for each other (overlap queue).',
    },
  );
}
