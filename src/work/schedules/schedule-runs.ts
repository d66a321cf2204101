import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { isTransient } from '#store/database/failure.js';
import { storeWithin } from '#store/database/store.js';
import { recordScheduleEvent } from '#store/events/events.js';
import {
  beginRun,
  endRun,
  hasRunBefore,
  isScanCompleted,
  lockRun,
  putRunBack,
  type RunError,
  type RunStanding,
  type RunToEnd,
  runsToEnd,
  type StartableRun,
  skipRun,
} from '#store/schedules/schedule-runs.js';
import {
  findScheduleById,
  lockScheduleById,
  type StoredSchedule,
  setFailures,
} from '#store/schedules/schedules.js';
import type { WorkContext } from '#work/context/context.js';
import type { NewScan } from '#work/scans/create-scan.js';
import { failureOf } from '#work/scans/end-scan.js';
import { beginScan, type ScheduledInput, workOf } from '#work/schedules/schedule-kinds.js';
import { goOnWithout, stop } from '#work/schedules/stop-schedule.js';

/** Runs that are settled in one look; the next look takes the others. */
const TAKEN_AT_ONCE = 200;

/** A run that is no scan, begun by this program. */
export interface BegunTask {
  /** Of the run. */
  readonly id: number;
  readonly scheduleId: number;
  readonly attempt: number;
  readonly input: ScheduledInput;
}

/**
 * Begins one run whose time has come: its scan and that it runs are one transaction. What is wrong with it ends it as
 * failed; what passes leaves it for the next look. Gives the task where it is no scan.
 */
export async function beginDueRun(
  context: WorkContext,
  run: StartableRun,
  { nowMs, signal }: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<BegunTask | undefined> {
  const schedule = await findScheduleById(context.store.read, run.scheduleId);
  if (schedule === undefined) return undefined;
  try {
    const work = workOf(inputOf(schedule));
    const scan = run.isOverlap || work.does === 'task' ? undefined : await work.understand(context, signal);
    return await context.store.transaction((executor) =>
      beginLocked({ ...context, store: storeWithin(context.store, executor) }, executor, {
        run,
        seen: schedule,
        scan,
        now: new Date(nowMs),
      }),
    );
  } catch (error) {
    if (signal.aborted || isTransient(error)) throw error;
    const { revision } = schedule;
    await endLocked(context, run, { from: 'pending', revision, outcome: outcomeOfFailure(error), nowMs });
    return undefined;
  }
}

interface Beginning {
  readonly run: StartableRun;
  /** As it was when the scan was understood. */
  readonly seen: StoredSchedule;
  /** Undefined where there is none to store. */
  readonly scan: NewScan | undefined;
  readonly now: Date;
}

/** Under the lock of the schedule: nothing is begun that was changed, taken or skipped meanwhile, or while somebody has it. */
async function beginLocked(
  within: WorkContext,
  executor: Executor,
  { run, seen, scan, now }: Beginning,
): Promise<BegunTask | undefined> {
  const schedule = await lockScheduleById(executor, run.scheduleId, { passesBy: true });
  if (schedule === undefined) return undefined;
  const standing = await lockRun(executor, run.id);
  if (standing?.state !== 'pending' || standing.attempt !== run.attempt) return undefined;
  if (schedule.revision !== seen.revision) return undefined;
  // Where what was found is not so any more the next look finds anew.
  if ((await hasRunBefore(executor, run.id)) !== run.isOverlap) return undefined;
  if (run.attempt > 0 && (await isScanCompleted(executor, run.id))) return undefined;
  await recordRun(executor, schedule);
  if (run.isOverlap) {
    await skipRun(executor, run.id, { reason: 'overlap', now });
    return undefined;
  }
  const owner = scan === undefined ? within.owner : null;
  await beginRun(executor, run.id, { now, owner, leaseMs: within.leaseMs });
  within.log.info({ schedule: schedule.uid, due: run.dueAt, attempt: run.attempt + 1 }, 'a run began');
  if (scan === undefined)
    return { id: run.id, scheduleId: schedule.id, attempt: run.attempt + 1, input: inputOf(schedule) };
  await beginScan(within, scan, { runId: run.id, name: schedule.name });
  return undefined;
}

function inputOf(schedule: StoredSchedule): ScheduledInput {
  return { ...schedule, profile: schedule.builtinProfile ?? schedule.profileUid };
}

/** How an attempt ended. */
export interface Outcome {
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly error: RunError | null;
}

/** Of what was thrown: ours as it is, anything else without its insides. */
export function outcomeOfFailure(error: unknown): Outcome {
  if (error instanceof ScanoramaError) {
    const { code, message } = failureOf(error);
    return { state: 'failed', error: { code, message } };
  }
  const text = error instanceof Error ? error.message : String(error);
  return {
    state: 'failed',
    error: { code: 'internal', message: `The run met an unexpected error: ${text}.` },
  };
}

type RunInHand = Pick<StartableRun, 'id' | 'scheduleId' | 'attempt'>;

interface Ending {
  /** What the run has to be for this to be its outcome. */
  readonly from: 'pending' | 'running';
  readonly outcome: Outcome;
  readonly nowMs: number;
  /** Whose it has to be; anybody's where nobody says. */
  readonly owner?: string;
  /** Which its schedule has to be: that something failed says nothing of what was asked for since. */
  readonly revision?: number;
}

/**
 * Ends an attempt, unless it is over already: a failed one is tried again while the schedule allows, and the last one
 * counts for the schedule, which stops when as many failed in a row as it was set. True when this call ended it.
 */
export async function endLocked(context: WorkContext, run: RunInHand, ending: Ending): Promise<boolean> {
  return context.store.transaction((executor) => endWithin(executor, run, { ...ending, context }));
}

/** The same in an open transaction, with what else that commits. */
async function endWithin(
  executor: Executor,
  run: RunInHand,
  { context, ...ending }: Ending & Pick<Attempt, 'context'>,
): Promise<boolean> {
  // Only who did the task has to wait: a look comes again.
  const passesBy = ending.owner === undefined;
  const schedule = await lockScheduleById(executor, run.scheduleId, { passesBy });
  if (schedule === undefined) return false;
  if (ending.revision !== undefined && schedule.revision !== ending.revision) return false;
  const standing = await lockRun(executor, run.id);
  if (standing?.state !== ending.from || standing.attempt !== run.attempt) return false;
  if (ending.owner !== undefined && standing.owner !== ending.owner) return false;
  await endAttempt(executor, { schedule, standing, ending, context });
  await recordRun(executor, schedule);
  return true;
}

/** In an open transaction: ends a task as completed. Throws `lease_lost` when somebody else has settled it. */
export async function completeWithin(
  context: WorkContext,
  { task, nowMs }: { readonly task: BegunTask; readonly nowMs: number },
  executor: Executor,
): Promise<void> {
  const outcome: Outcome = { state: 'completed', error: null };
  const ending = { from: 'running', outcome, nowMs, owner: context.owner, context } as const;
  if (await endWithin(executor, task, ending)) return;
  throw new ScanoramaError('lease_lost', 'The run was ended, or given to another program.');
}

interface Attempt {
  readonly schedule: StoredSchedule;
  readonly standing: RunStanding;
  readonly ending: Ending;
  readonly context: Pick<WorkContext, 'log'>;
}

async function endAttempt(executor: Executor, parts: Attempt): Promise<void> {
  const { schedule, standing, ending, context } = parts;
  const { state, error } = ending.outcome;
  // One that could not even begin was tried all the same.
  const attempt = standing.attempt + (ending.from === 'pending' && state === 'failed' ? 1 : 0);
  const mayRetry = schedule.enabled || standing.cause === 'manual';
  if (state === 'failed' && mayRetry && attempt <= schedule.retries) {
    const startsAt = new Date(ending.nowMs + schedule.retryDelayMs);
    await putRunBack(executor, standing.id, { startsAt, error, attempt });
    context.log.warn({ schedule: schedule.uid, attempt, error }, 'a run failed and is tried again');
    return;
  }
  await endRun(executor, standing.id, { state, error, attempt, now: new Date(ending.nowMs) });
  context.log[state === 'failed' ? 'warn' : 'info']({ schedule: schedule.uid, state, error }, 'a run ended');
  // That somebody stopped it says nothing of how it would have ended.
  if (state === 'cancelled') return;
  const failures = state === 'failed' ? schedule.failures + 1 : 0;
  await setFailures(executor, schedule.id, failures);
  if (schedule.enabled && schedule.maxFailures !== null && failures >= schedule.maxFailures)
    await stopAfter(executor, { ...parts, failures });
}

async function stopAfter(
  executor: Executor,
  { schedule, ending, failures, context }: Attempt & { readonly failures: number },
): Promise<void> {
  const times = failures === 1 ? 'Its last run failed' : `Its last ${failures} runs failed`;
  const reason = `${times}: ${ending.outcome.error?.message ?? 'nobody knows why.'}`;
  await stop(executor, { schedule, reason, failures, nowMs: ending.nowMs });
  context.log.error({ schedule: schedule.uid, failures }, 'a schedule failed too often and is stopped');
}

/** Settles every run whose scan has ended, or whose program lives no more: whoever looks next, so that none is lost. */
export async function endRuns(context: WorkContext, nowMs: number): Promise<void> {
  for (const run of await runsToEnd(context.store.read, TAKEN_AT_ONCE))
    await endLocked(context, run, { from: run.state, outcome: outcomeOf(run), nowMs }).catch(
      (error: unknown) => goOnWithout(context, { scheduleId: run.scheduleId, error, nowMs }),
    );
}

const GONE: RunError = {
  code: 'interrupted',
  message: 'The program that did it went away before it was done.',
};
const PURGED: RunError = {
  code: 'interrupted',
  message: 'Its scan was purged before it was known how it ended.',
};

/** A scan that was stopped with a reason could not go on; one without was stopped by somebody. */
function outcomeOf({ scan, errorCode, errorMessage, isOwned }: RunToEnd): Outcome {
  if (scan === null) return { state: 'failed', error: isOwned ? GONE : PURGED };
  if (scan === 'completed') return { state: 'completed', error: null };
  const error = errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' };
  if (scan === 'cancelled' && error === null) return { state: 'cancelled', error: null };
  return { state: 'failed', error: error ?? { code: 'internal', message: 'The scan failed.' } };
}

/** Gives a task back that this program ends with, so that the next one does it. */
export async function returnTask(context: WorkContext, task: BegunTask, nowMs: number): Promise<void> {
  await context.store.transaction(async (executor) => {
    await lockScheduleById(executor, task.scheduleId, { passesBy: false });
    const standing = await lockRun(executor, task.id);
    if (
      standing?.state !== 'running' ||
      standing.attempt !== task.attempt ||
      standing.owner !== context.owner
    )
      return;
    await putRunBack(executor, task.id, {
      startsAt: new Date(nowMs),
      error: null,
      attempt: task.attempt - 1,
    });
  });
}

export function recordRun(executor: Executor, { uid }: StoredSchedule): Promise<void> {
  return recordScheduleEvent(executor, { kind: 'schedule.run', schedule: uid });
}
