import { ScanoramaError } from '#domain/errors/error.js';
import { type CronTime, lastDues, nextDue, shortestGapMs } from '#domain/schedules/cron.js';
import {
  CATCH_UP_RUNS,
  type CatchUp,
  LATE_MS,
  type RunCause,
  type SkipReason,
} from '#domain/schedules/schedule.js';
import { quote } from '#domain/text/quote.js';
import { humanDuration } from '#domain/time/duration.js';

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

/**
 * Throws `invalid_request` for a jitter by which a run might begin after the next one is due, so that runs would pile up.
 */
export function checkJitter(cron: string, jitterMs: number, nowMs: number): void {
  const gapMs = jitterMs === 0 ? Number.POSITIVE_INFINITY : shortestGapMs(cron, nowMs);
  if (jitterMs <= gapMs) return;
  throw new ScanoramaError(
    'invalid_request',
    `A jitter of ${humanDuration(jitterMs)} is longer than the ${humanDuration(gapMs)} between two due times of ${quote(cron)}.`,
    {
      at: 'jitter_seconds',
      hint: `Give a jitter of at most ${gapMs / 1_000} seconds, or a cron that is due less often.`,
      facts: { jitter_seconds: jitterMs / 1_000, gap_seconds: gapMs / 1_000 },
    },
  );
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
