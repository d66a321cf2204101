import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { ScanoramaError } from '#domain/error.js';
import type { Executor } from '#store/database.js';
import { BATCH_DEADLINE_MS } from '#store/session-limits.js';

/** How often, and how often at most, is looked whether what was open at an instant has ended: two seconds in all. */
const SETTLING_POLL_MS = 20;
const SETTLING_POLLS = 100;
/** Between the beginning of a transaction and its being seen by others. */
const SETTLING_MARGIN_MS = 50;

/**
 * Waits until nothing more can be stored as of an instant: `recorded_at` is when a transaction began, and its rows are seen
 * when it ends. What is asked twice is answered alike then. Before the snapshot that answers; an instant that is more than
 * a second ahead is let through. Throws `instant_unsettled` when it takes longer than two seconds.
 */
export async function awaitSettled(executor: Executor, instant: Date): Promise<void> {
  for (let poll = 0; ; poll += 1) {
    const { isSettled, oldest } = await look(executor, instant);
    if (isSettled) return;
    if (poll === SETTLING_POLLS) throw unsettled(instant, oldest);
    await sleep(SETTLING_POLL_MS);
  }
}

interface Look {
  readonly isSettled: boolean;
  /** When the oldest of what is open began. */
  readonly oldest: Date | null;
}

/**
 * Of the sessions of this database, those that may still store something they date up to the instant: whose transaction
 * began before, no longer ago than a batch may take, and which has locked or written something, or done nothing yet. One
 * that has only read stays a reader.
 */
async function look(executor: Executor, instant: Date): Promise<Look> {
  const { rows } = await sql<Look>`
    SELECT clock_timestamp() < ${instant}::timestamptz - interval '1 second'
        OR count(*) = 0 AND clock_timestamp() > ${instant}::timestamptz + ${SETTLING_MARGIN_MS}::int * interval '1 millisecond'
        AS "isSettled",
      min(other.xact_start) AS oldest
    FROM pg_stat_activity other
    WHERE other.datname = current_database() AND other.backend_type = 'client backend' AND other.pid <> pg_backend_pid()
      AND other.xact_start < ${instant}::timestamptz + interval '1 millisecond'
      AND other.xact_start > clock_timestamp() - ${BATCH_DEADLINE_MS}::int * interval '1 millisecond'
      AND (other.backend_xid IS NOT NULL OR coalesce((
        SELECT bool_or(held.mode <> 'AccessShareLock') FROM pg_locks held
        WHERE held.pid = other.pid AND held.locktype IN ('relation', 'advisory')), true))`.execute(executor);
  return rows[0] ?? { isSettled: true, oldest: null };
}

function unsettled(instant: Date, oldest: Date | null): ScanoramaError {
  return new ScanoramaError(
    'instant_unsettled',
    `What was stored at ${instant.toISOString()} is still being committed.`,
    {
      hint:
        oldest === null
          ? 'Ask again in a moment.'
          : `Ask again in a moment, or for an instant before ${oldest.toISOString()}.`,
      at: instant.toISOString(),
      facts: { oldest_open: oldest?.toISOString() },
    },
  );
}
