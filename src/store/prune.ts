import { type RawBuilder, sql } from 'kysely';
import type { Executor } from '#store/database.js';

/** Rows that one statement looks at or removes, so that none holds its locks for long. */
export const PRUNE_SLICE_ROWS = 5_000;

/**
 * Whether the row `old` of history is superseded before the horizon: a newer row of the same fact was observed and
 * recorded before it. The newest of each fact is never superseded, so the state at the horizon and at every instant
 * after it stays what it was, by either clock.
 */
function isSuperseded(horizon: Date): RawBuilder<boolean> {
  const newer = (isSameFact: RawBuilder<unknown>) => sql`EXISTS (
    SELECT FROM host_history newer WHERE newer.host_id = old.host_id AND newer.fact = old.fact AND ${isSameFact}
      AND newer.observed_at >= old.observed_at AND newer.observed_at < ${horizon} AND newer.recorded_at < ${horizon}
      AND (newer.observed_at, coalesce(newer.job_id, 0), coalesce(newer.shard_number, 0), newer.id)
        > (old.observed_at, coalesce(old.job_id, 0), coalesce(old.shard_number, 0), old.id))`;
  // Written as two, each of which the index of facts serves.
  return sql<boolean>`(old.recorded_at < ${horizon} AND CASE WHEN old.port IS NULL
    THEN ${newer(sql`newer.port IS NULL AND newer.protocol IS NULL`)}
    ELSE ${newer(sql`newer.port = old.port AND newer.protocol = old.protocol`)} END)`;
}

export interface HistorySlice {
  /** The id to go on behind; null at the end of what may be pruned. */
  readonly lastId: number | null;
  readonly removed: number;
}

/** Looks at the history rows behind an id, and removes those that are superseded before the horizon. */
export async function pruneHistorySlice(
  executor: Executor,
  horizon: Date,
  afterId: number,
): Promise<HistorySlice> {
  const { rows } = await sql<HistorySlice>`
    WITH slice AS MATERIALIZED (
      SELECT id, recorded_at FROM host_history WHERE id > ${afterId} ORDER BY id LIMIT ${PRUNE_SLICE_ROWS}
    ), gone AS (
      DELETE FROM host_history old USING slice WHERE old.id = slice.id AND ${isSuperseded(horizon)} RETURNING old.id
    )
    SELECT CASE WHEN bool_or(recorded_at < ${horizon}) THEN max(id) END AS "lastId",
      (SELECT count(*) FROM gone) AS removed FROM slice`.execute(executor);
  return rows[0] ?? { lastId: null, removed: 0 };
}

export async function countSupersededHistory(executor: Executor, horizon: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM host_history old WHERE ${isSuperseded(horizon)}`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** Coverage that goes. What answered in place of a host stays: its scan tells of it. */
const PRUNABLE_COVERAGE = sql`reason NOT IN ('answers-all', 'tarpit')`;

function hasPrunableCoverage(horizon: Date) {
  return sql`job.completed_at < ${horizon}
    AND EXISTS (SELECT FROM scan_coverage covered WHERE covered.job_id = job.id AND ${PRUNABLE_COVERAGE})`;
}

/** Some scan that ended before the horizon and has coverage that may go. */
export async function scanWithOldCoverage(executor: Executor, horizon: Date): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    SELECT job.id FROM scan_jobs job WHERE ${hasPrunableCoverage(horizon)} ORDER BY job.id LIMIT 1`.execute(
    executor,
  );
  return rows[0]?.id;
}

/**
 * Removes some of the coverage of a scan and keeps how many ports that were; gives how many rows went. Whom the scan looked
 * for in vain goes along; that it missed them stays.
 */
export async function pruneCoverageSlice(executor: Executor, jobId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    WITH gone AS (
      DELETE FROM scan_coverage WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM scan_coverage WHERE job_id = ${jobId} AND ${PRUNABLE_COVERAGE} LIMIT ${PRUNE_SLICE_ROWS}))
      RETURNING observed_at, (SELECT sum(upper(part) - lower(part)) FROM unnest(ports) AS part) AS ports
    ), silence AS (DELETE FROM scan_silent_ranges WHERE job_id = ${jobId}
    ), total AS (
      INSERT INTO scan_rows_removed AS standing (job_id, cause, covered_ports, first_observed_at, last_observed_at)
      SELECT ${jobId}, 'coverage', sum(ports), min(observed_at), max(observed_at) FROM gone HAVING count(*) > 0
      ON CONFLICT (job_id, cause, month) DO UPDATE SET covered_ports = standing.covered_ports + excluded.covered_ports,
        first_observed_at = least(standing.first_observed_at, excluded.first_observed_at),
        last_observed_at = greatest(standing.last_observed_at, excluded.last_observed_at)
    )
    SELECT count(*) AS count FROM gone`.execute(executor);
  return rows[0]?.count ?? 0;
}

export async function countOldCoverage(executor: Executor, horizon: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM scan_coverage covered JOIN scan_jobs job ON job.id = covered.job_id
    WHERE job.completed_at < ${horizon} AND ${PRUNABLE_COVERAGE}`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** Removes the oldest events that are before the horizon; gives how many. */
export async function pruneEventsSlice(executor: Executor, horizon: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM events USING (SELECT id FROM events ORDER BY id LIMIT ${PRUNE_SLICE_ROWS}) AS oldest
    WHERE events.id = oldest.id AND events.recorded_at < ${horizon}`.execute(executor);
  return Number(numAffectedRows ?? 0n);
}

export async function countOldEvents(executor: Executor, horizon: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM events WHERE recorded_at < ${horizon}`.execute(executor);
  return rows[0]?.count ?? 0;
}
