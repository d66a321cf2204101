import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { BATCH_DEADLINE_MS } from '#store/database/session-limits.js';
import { ADDRESS_LOCK_CLASS, ADDRESS_LOCK_STRIPES } from '#store/ports/address-locks.js';

/** How often is looked whether what was open at an instant has ended, and for how long. Milliseconds. */
const COMMIT_POLL_MS = 20;
const COMMIT_TIMEOUT_MS = 2_000;
/** Between the beginning of a transaction and its being seen by others. */
const COMMIT_MARGIN_MS = 50;

/**
 * Waits until nothing more can be stored as of an instant: `recorded_at` is when a transaction began, and its rows are seen
 * when it ends. What is asked twice is answered alike then. Before the snapshot that answers; an instant that is more than
 * a second ahead is let through. Throws `time_uncommitted` when it is open still after two seconds.
 */
export async function awaitCommitted(
  executor: Executor,
  time: Date,
  longestBatchMs = BATCH_DEADLINE_MS,
): Promise<void> {
  const giveUpMs = performance.now() + COMMIT_TIMEOUT_MS;
  for (;;) {
    // A look that came late by itself says nothing of what is open by then.
    const isLast = performance.now() >= giveUpMs;
    const { isEnded, oldest } = await poll(executor, time, longestBatchMs);
    if (isEnded) return;
    if (isLast) throw unfinished(time, oldest);
    await sleep(COMMIT_POLL_MS);
  }
}

interface Look {
  readonly isEnded: boolean;
  /** When the oldest of what is open began; null also where that is not told of each. */
  readonly oldest: Date | null;
}

/**
 * What each session holds of ours, or waits for. Below 16384 are the objects of PostgreSQL itself, which every statement
 * reads to be understood. Whoever has the removal turn removes, and writes no history.
 */
const HELD = sql`SELECT pid,
    bool_or(locktype = 'advisory' AND classid = ${ADDRESS_LOCK_CLASS}::int::oid
      AND objid = ${ADDRESS_LOCK_STRIPES}::int::oid) AS removes,
    bool_or(relation = 'host_history'::regclass AND mode = 'RowExclusiveLock') AS writes_history,
    bool_or(mode = 'RowShareLock') AS holds_rows,
    bool_or(mode <> 'AccessShareLock') AS does_more_than_read
  FROM pg_locks
  WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (locktype = 'advisory' OR locktype = 'relation' AND relation >= 16384)
  GROUP BY pid`;

/**
 * Of the sessions of this database, those that may still store something they date up to the instant. Who has begun to
 * write history is waited for, however long its commit takes. Others are for as long as a batch may take, if they have locked
 * or written anything, or done nothing yet; one that has only read stays a reader. When a session of another role began is
 * not told (NULL): it counts when it holds rows, as whoever stores does from its first statement on.
 */
async function poll(executor: Executor, time: Date, longestBatchMs: number): Promise<Look> {
  const { rows } = await sql<Look>`
    SELECT clock_timestamp() < ${time}::timestamptz - interval '1 second'
        OR count(*) = 0 AND clock_timestamp() > ${time}::timestamptz + ${COMMIT_MARGIN_MS}::int * interval '1 millisecond'
        AS "isEnded",
      CASE WHEN bool_and(other.xact_start IS NOT NULL) THEN min(other.xact_start) END AS oldest
    FROM pg_stat_activity other LEFT JOIN (${HELD}) AS held ON held.pid = other.pid
    WHERE other.datname = current_database() AND other.pid <> pg_backend_pid() AND held.removes IS NOT TRUE
      AND (other.xact_start IS NULL OR other.xact_start < ${time}::timestamptz + interval '1 millisecond')
      AND (held.writes_history OR other.xact_start IS NULL AND held.holds_rows
        OR other.backend_type = 'client backend'
          AND other.xact_start > clock_timestamp() - ${longestBatchMs}::int * interval '1 millisecond'
          AND (other.backend_xid IS NOT NULL OR coalesce(held.does_more_than_read, true)))`.execute(executor);
  return rows[0] ?? { isEnded: true, oldest: null };
}

function unfinished(time: Date, oldest: Date | null): ScanoramaError {
  return new ScanoramaError(
    'time_uncommitted',
    `What was stored at ${time.toISOString()} is still being committed.`,
    {
      hint:
        oldest === null
          ? 'Ask again in a moment.'
          : `Ask again in a moment, or for an instant before ${oldest.toISOString()}.`,
      at: time.toISOString(),
      facts: { oldest_open: oldest?.toISOString() },
    },
  );
}
