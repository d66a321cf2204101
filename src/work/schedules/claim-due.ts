import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { type DueRun, dueRuns } from '#domain/schedules/due-runs.js';
import { MAX_WAITING_RUNS } from '#domain/schedules/schedule.js';
import type { Executor } from '#store/database/database.js';
import { countWaitingRuns, hasRunAhead, insertRuns } from '#store/schedules/schedule-runs.js';
import {
  dueSchedules,
  lockScheduleById,
  type StoredSchedule,
  setNextDue,
} from '#store/schedules/schedules.js';
import type { WorkContext } from '#work/context/context.js';
import { recordRun } from '#work/schedules/schedule-runs.js';
import { goOnWithout, stopHopeless } from '#work/schedules/stop-schedule.js';

/** Schedules that are gone through in one look; the next look takes the others. */
const TAKEN_AT_ONCE = 200;

/**
 * Writes down what is due by now, each due time once however many programs look: in one transaction a schedule, held
 * against the others, its runs are inserted and its next due time is set. One that cannot be computed here is stopped; one
 * that somebody holds is left to the next look. Neither holds up another.
 */
export async function claimDue(context: WorkContext, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  for (const id of await dueSchedules(context.store.read, now, TAKEN_AT_ONCE)) {
    await claimOne(context, id, now).catch((error: unknown) =>
      goOnWithout(context, { scheduleId: id, error, nowMs }),
    );
  }
}

function claimOne(context: WorkContext, id: number, now: Date): Promise<void> {
  return context.store.transaction(async (executor) => {
    const schedule = await lockScheduleById(executor, id, { passesBy: true });
    if (schedule?.nextDueAt == null || schedule.nextDueAt > now) return;
    const { nextDueAt } = schedule;
    const at = { schedule: { ...schedule, nextDueAt }, nowMs: now.getTime() };
    const due = await dueOrStopped(context, executor, at);
    if (due === undefined) return;
    const { runs, nextDueMs } = due;
    const waiting = await countWaitingRuns(executor, id);
    const isOverlap = schedule.overlap === 'skip' && (await hasRunAhead(executor, id, now));
    const rows = runs.map((run, index) => rowOf(context, run, { waiting: waiting + index, isOverlap }));
    await insertRuns(executor, { scheduleId: id, now }, rows);
    await setNextDue(executor, id, new Date(nextDueMs));
    // What begins at once is told when it does.
    if (rows.some(({ skip, startsAt }) => skip !== null || startsAt > now))
      await recordRun(executor, schedule);
    context.log.debug({ schedule: schedule.uid, due: runs.length }, 'what is due was written down');
  });
}

/** Undefined where it cannot be computed here, say for want of the time zone: then the schedule is stopped. */
async function dueOrStopped(
  context: WorkContext,
  executor: Executor,
  {
    schedule,
    nowMs,
  }: { readonly schedule: StoredSchedule & { readonly nextDueAt: Date }; readonly nowMs: number },
): Promise<ReturnType<typeof dueRuns> | undefined> {
  try {
    return dueRuns({ ...schedule, nextDueMs: schedule.nextDueAt.getTime() }, nowMs);
  } catch (error) {
    await stopHopeless(context, executor, {
      schedule,
      nowMs,
      error,
      task: 'Its due times could not be computed',
    });
    return undefined;
  }
}

interface Waiting {
  /** Runs of the schedule that have not begun. */
  readonly waiting: number;
  /** The run before it is still to begin, and it does not wait for that. */
  readonly isOverlap: boolean;
}

function rowOf(context: WorkContext, run: DueRun, { waiting, isOverlap }: Waiting) {
  const { dueMs, startsMs, cause, missedFromMs } = run;
  const overlap = isOverlap && cause === 'due' ? 'overlap' : null;
  return {
    uid: createUid(context.clock.now(), context.random(UID_RANDOM_BYTES)),
    dueAt: new Date(dueMs),
    startsAt: new Date(startsMs),
    cause,
    requestedBy: null,
    skip: run.skip ?? overlap ?? (waiting >= MAX_WAITING_RUNS ? 'queue_full' : null),
    missedFrom: missedFromMs === null ? null : new Date(missedFromMs),
  } as const;
}
