import { type CronTime, lastDues, nextDue } from '#domain/cron.js';
import { CATCH_UP_RUNS, type CatchUp, LATE_MS, type RunCause, type SkipReason } from '#domain/schedule.js';

/** How much later than it is due a run begins: the same for whoever computes it, other for each due time. */
export function jitterOf(uid: string, dueMs: number, jitterMs: number): number {
  if (jitterMs === 0) return 0;
  let hash = 0x811c9dc5;
  for (const character of `${uid} ${dueMs}`)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  // The low bits of the product alone depend on the last characters; these mix them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0;
  hash = (hash ^ (hash >>> 13)) >>> 0;
  return Math.floor((hash / 2 ** 32) * jitterMs);
}

/** What decides of a schedule which runs are due. */
export interface DueTimes extends CronTime {
  readonly uid: string;
  readonly catchUp: CatchUp;
  readonly jitterMs: number;
  /** The first due time that nobody decided of yet. */
  readonly nextDueMs: number;
}

/** A due time that becomes a row, once. */
export interface DueRun {
  readonly dueMs: number;
  readonly startsMs: number;
  readonly cause: RunCause;
  /** Set where it is only written down. */
  readonly skip: SkipReason | null;
  /** The first of the due times before it that are passed over; null for none. */
  readonly missedFromMs: number | null;
}

/** What is due until now, and when the next time is. Pure: two schedulers that ask alike decide alike. */
export function dueRuns(schedule: DueTimes, nowMs: number): { runs: readonly DueRun[]; nextDueMs: number } {
  const { catchUp, nextDueMs } = schedule;
  if (nextDueMs > nowMs) return { runs: [], nextDueMs };
  const kept = catchUp === 'all' ? CATCH_UP_RUNS : 1;
  const dues = lastDues(schedule, { fromMs: nextDueMs, untilMs: nowMs }, kept);
  const [first = nextDueMs] = dues;
  const runs = dues.map((dueMs): DueRun => {
    const isLate = nowMs - dueMs > LATE_MS;
    return {
      dueMs,
      startsMs: dueMs + jitterOf(schedule.uid, dueMs, schedule.jitterMs),
      cause: isLate || dues.length > 1 ? 'catch_up' : 'due',
      skip: isLate && catchUp === 'none' ? 'missed' : null,
      missedFromMs: dueMs === first && first > nextDueMs ? nextDueMs : null,
    };
  });
  return { runs, nextDueMs: nextDue(schedule, nowMs) };
}
