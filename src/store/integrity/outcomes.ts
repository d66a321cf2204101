import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** Outcomes that are kept; older ones go when a new one comes. */
export const KEPT_INTEGRITY_CHECKS = 100;

/** Names the advisory lock of the one program that verifies by itself ("vrfy" in ASCII). */
const VERIFY_LOCK = 0x76726679;

/** What one check of a run found. */
export interface CheckOutcome {
  readonly name: string;
  readonly description: string;
  readonly faults: number;
  readonly examples: readonly string[];
}

/** One whole run. */
export interface IntegrityOutcome {
  /** Milliseconds since 1970, by the clock of the program that ran it. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly checks: readonly CheckOutcome[];
}

/** What was found last, and how long ago it was recorded by PostgreSQL's clock. */
export interface LastOutcome extends IntegrityOutcome {
  readonly ageMs: number;
}

export async function insertIntegrityOutcome(executor: Executor, outcome: IntegrityOutcome): Promise<void> {
  await sql`
    WITH kept AS (
      INSERT INTO integrity_checks (started_at, duration_ms, checks)
      VALUES (${new Date(outcome.startedAtMs)}, ${Math.round(outcome.durationMs)}, ${JSON.stringify(outcome.checks)}::jsonb)
      RETURNING id)
    DELETE FROM integrity_checks WHERE id <= (SELECT id FROM kept) - ${KEPT_INTEGRITY_CHECKS}::int`.execute(
    executor,
  );
}

export async function lastIntegrityOutcome(executor: Executor): Promise<LastOutcome | undefined> {
  const { rows } = await sql<{ startedAt: Date; durationMs: number; checks: CheckOutcome[]; ageMs: number }>`
    SELECT started_at AS "startedAt", duration_ms AS "durationMs", checks,
      (extract(epoch FROM clock_timestamp() - recorded_at) * 1000)::float8 AS "ageMs"
    FROM integrity_checks ORDER BY id DESC LIMIT 1`.execute(executor);
  const row = rows[0];
  if (row === undefined) return undefined;
  const { startedAt, ...outcome } = row;
  return { ...outcome, startedAtMs: startedAt.getTime() };
}

/**
 * Does the work while no other program does it; false when one does. The lock is of one connection, and goes with it.
 */
export function underVerifyLock(executor: Executor, work: () => Promise<void>): Promise<boolean> {
  return executor.connection().execute(async (connection) => {
    const { rows } = await sql<{ taken: boolean }>`
      SELECT pg_try_advisory_lock(${VERIFY_LOCK}) AS taken`.execute(connection);
    if (rows[0]?.taken !== true) return false;
    try {
      await work();
      return true;
    } finally {
      // It fails only where the connection is gone, and the lock with it.
      await sql`SELECT pg_advisory_unlock(${VERIFY_LOCK})`.execute(connection).catch(() => undefined);
    }
  });
}
