import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { recordScheduleEvent } from '#store/events/events.js';
import { skipWaitingRuns } from '#store/schedules/schedule-runs.js';
import { lockScheduleById, type StoredSchedule, stopSchedule } from '#store/schedules/schedules.js';
import type { WorkContext } from '#work/context/context.js';

interface Stopping {
  readonly schedule: StoredSchedule;
  readonly reason: string;
  readonly failures: number;
  readonly nowMs: number;
}

/** Disables a schedule, and tells of it. */
export async function stop(
  executor: Executor,
  { schedule, reason, failures, nowMs }: Stopping,
): Promise<void> {
  await skipWaitingRuns(executor, schedule.id, {
    reason: 'paused',
    now: new Date(nowMs),
    alsoTried: true,
  });
  await stopSchedule(executor, schedule.id, reason);
  await recordScheduleEvent(executor, {
    kind: 'schedule.stopped',
    schedule: schedule.uid,
    payload: { name: schedule.name, failures, reason },
  });
}

interface Hopeless {
  readonly schedule: StoredSchedule;
  readonly nowMs: number;
  readonly error: unknown;
  /** What could not be done. */
  readonly task: string;
}

/** The same where it cannot go on for an error. */
export async function stopHopeless(
  context: WorkContext,
  executor: Executor,
  { schedule, nowMs, error, task }: Hopeless,
): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  const reason = `${task}: ${text}${text.endsWith('.') ? '' : '.'}`;
  await stop(executor, { schedule, reason, failures: schedule.failures, nowMs });
  context.log.error({ schedule: schedule.uid, err: error }, 'a schedule cannot go on and is stopped');
}

/** Classes of SQLSTATE that are about what was to be stored; a full disk, say, is no schedule's fault. */
const DATA_ERRORS = /^2[23]/;

interface Unstored {
  readonly scheduleId: number;
  readonly error: unknown;
  readonly nowMs: number;
}

/** One that fails is told of, and stopped where it does so by what is stored of it. Throws again that the database is away. */
export async function goOnWithout(
  context: WorkContext,
  { scheduleId, error, nowMs }: Unstored,
): Promise<void> {
  if (error instanceof ScanoramaError && error.code === 'database_unavailable') throw error;
  const state = error instanceof ScanoramaError ? error.facts?.['sqlstate'] : undefined;
  if (typeof state !== 'string' || !DATA_ERRORS.test(state)) {
    context.log.error({ scheduleId, err: error }, 'a schedule could not be looked at; that is tried again');
    return;
  }
  await context.store.transaction(async (executor) => {
    const schedule = await lockScheduleById(executor, scheduleId, { passesBy: true });
    if (schedule?.enabled !== true) return;
    await stopHopeless(context, executor, { schedule, nowMs, error, task: 'Its runs could not be stored' });
  });
}
