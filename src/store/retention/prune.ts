import { type RawBuilder, sql } from 'kysely';
import { LISTED_PORT_STATES } from '#domain/ports/port-state.js';
import { HOST_WARNING_KINDS } from '#domain/scans/warning.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';

/** Rows that one statement looks at or removes, so that none holds its locks for long. */
export const PRUNE_SLICE_ROWS = 5_000;

/**
 * Whether the row `old` of history is superseded before the horizon: a newer row of the same fact was observed and
 * recorded before it. The newest of each fact is never superseded, nor is what lists tell by when something was seen: the
 * first status of a host, the last time that it came back, the first and the last time that a port was listed. So what is
 * told of the horizon and of every instant after it stays what it was, by either clock.
 */
function isSuperseded(horizon: Date): RawBuilder<boolean> {
  // Written as two, each of which the index of facts serves.
  return sql<boolean>`(old.recorded_at < ${horizon} AND CASE WHEN old.port IS NULL
    THEN ${hasOther('newer', OF_HOST, horizon)} AND (old.fact <> 'status' OR ${hasOther('older', OF_HOST, horizon)})
      AND (old.fact <> 'deleted' OR old.actor IS NOT NULL OR ${hasOther('newer', RETURNED, horizon)})
    ELSE ${hasOther('newer', OF_PORT, horizon)} AND (old.fact <> 'port' OR NOT ${isListed('old')}
      OR ${hasOther('older', LISTED, horizon)} AND ${hasOther('newer', LISTED, horizon)}) END)`;
}

const isListed = (row: string) => sql`${sql.ref(`${row}.new_value`)} IN (${valueList(LISTED_PORT_STATES)})`;
const OF_HOST = sql`other.port IS NULL AND other.protocol IS NULL`;
const RETURNED = sql`${OF_HOST} AND other.actor IS NULL`;
const OF_PORT = sql`other.port = old.port AND other.protocol = old.protocol`;
const LISTED = sql`${OF_PORT} AND ${isListed('other')}`;

const foldingKey = (row: string) =>
  sql.raw(`(${row}.observed_at, coalesce(${row}.job_id, 0), coalesce(${row}.shard_number, 0), ${row}.id)`);

/** Whether another row of the fact of `old`, observed and recorded before the horizon, comes before or after it. */
function hasOther(
  which: 'older' | 'newer',
  isSameFact: RawBuilder<unknown>,
  horizon: Date,
): RawBuilder<boolean> {
  const order =
    which === 'newer'
      ? sql`other.observed_at >= old.observed_at AND ${foldingKey('other')} > ${foldingKey('old')}`
      : sql`other.observed_at <= old.observed_at AND ${foldingKey('other')} < ${foldingKey('old')}`;
  return sql<boolean>`EXISTS (
    SELECT FROM host_history other WHERE other.host_id = old.host_id AND other.fact = old.fact AND ${isSameFact}
      AND other.observed_at < ${horizon} AND other.recorded_at < ${horizon} AND ${order})`;
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
const PRUNABLE_COVERAGE = sql`reason NOT IN (${valueList(HOST_WARNING_KINDS)})`;

/** A scan that heard nobody may have looked for hosts in vain, and covered nothing. */
function hasPrunableCoverage(horizon: Date) {
  return sql`job.completed_at < ${horizon}
    AND (EXISTS (SELECT FROM scan_coverage covered WHERE covered.job_id = job.id AND ${PRUNABLE_COVERAGE})
      OR EXISTS (SELECT FROM scan_unresponsive_ranges unresponsive WHERE unresponsive.job_id = job.id))`;
}

/** The first scan from `fromId` on that ended before the horizon and has coverage that may go. */
export async function scanWithOldCoverage(
  executor: Executor,
  horizon: Date,
  fromId = 0,
): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    SELECT job.id FROM scan_jobs job WHERE job.id >= ${fromId} AND ${hasPrunableCoverage(horizon)}
    ORDER BY job.id LIMIT 1`.execute(executor);
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
    ), noResponse AS (DELETE FROM scan_unresponsive_ranges WHERE job_id = ${jobId}
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
