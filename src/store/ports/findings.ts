import { type RawBuilder, sql } from 'kysely';
import type { FindingFact } from '#domain/enrichment/finding.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { Executor } from '#store/database/database.js';
import type { ObservationSource } from '#store/ports/port-scans.js';

/** One value of one fact as a scan found it; never changed once written. */
export interface StoredFinding {
  readonly hostId: number;
  readonly fact: FindingFact;
  readonly protocol: Protocol | null;
  readonly port: number | null;
  readonly value: string;
  readonly reason: string | null;
  readonly observedAt: Date;
}

/** What findings of one fact are ordered by; NULL as in host_ports. */
const keyOf = (row: string) =>
  sql.raw(`(${row}.observed_at, coalesce(${row}.job_id, 0), coalesce(${row}.shard_number, 0))`);
const STANDING_KEY = keyOf('standing');
const COLUMNS = ['value', 'reason', 'observed_at', 'job_id', 'shard_number'];
const SAME_FACT = (one: string, other: string) =>
  sql`${sql.ref(`${one}.host_id`)} = ${sql.ref(`${other}.host_id`)} AND ${sql.ref(`${one}.fact`)} = ${sql.ref(`${other}.fact`)}
    AND ${sql.ref(`${one}.protocol`)} IS NOT DISTINCT FROM ${sql.ref(`${other}.protocol`)}
    AND ${sql.ref(`${one}.port`)} IS NOT DISTINCT FROM ${sql.ref(`${other}.port`)}`;

/**
 * Stores what was found and folds it into the current value of each fact, under the same rule as ports: the newest
 * by (observed_at, job, shard) stands, whatever the order of arrival, and history has each change. What a scan told
 * before of the same fact stays; gives how many were new. Runs under the address lock, after the hosts were written.
 */
export async function foldFindings(
  executor: Executor,
  source: ObservationSource,
  findings: readonly StoredFinding[],
): Promise<number> {
  if (findings.length === 0) return 0;
  const key = sql`(raw.observed_at, ${source.jobId}::bigint, ${source.shardNumber}::int)`;
  const { rows } = await sql<{ count: number }>`
    WITH raw AS (
      INSERT INTO scan_findings (job_id, shard_number, host_id, fact, protocol, port, value, reason, observed_at)
      SELECT ${source.jobId}, ${source.shardNumber}, * FROM unnest(
        ${findings.map((f) => f.hostId)}::bigint[], ${findings.map((f) => f.fact)}::text[],
        ${findings.map((f) => f.protocol)}::text[], ${findings.map((f) => f.port)}::int[],
        ${findings.map((f) => f.value)}::text[], ${findings.map((f) => f.reason)}::text[],
        ${findings.map((f) => f.observedAt)}::timestamptz[])
      ON CONFLICT DO NOTHING
      RETURNING host_id, fact, protocol, port, value, reason, observed_at
    ), placed AS (
      SELECT raw.*, standing.value AS old_value, standing.host_id IS NULL OR ${key} > ${STANDING_KEY} AS decides
      FROM raw LEFT JOIN host_facts standing ON ${SAME_FACT('standing', 'raw')}
    ), folded AS (
      INSERT INTO host_facts AS standing (host_id, fact, protocol, port, ${sql.join(COLUMNS.map((name) => sql.ref(name)))})
      SELECT host_id, fact, protocol, port, value, reason, observed_at, ${source.jobId}, ${source.shardNumber}
      FROM placed WHERE decides ORDER BY host_id, fact, protocol, port
      ON CONFLICT (host_id, fact, protocol, port) DO UPDATE SET
        ${sql.join(COLUMNS.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`))}
    ), shown AS (${showOnHosts()}), reported AS (${appendHistory(source)})
    SELECT count(*) AS count FROM raw`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** Facts of the host itself are columns of its row too. */
function showOnHosts(): RawBuilder<unknown> {
  return sql`
    UPDATE hosts host SET
      hostname = coalesce(change.hostname, host.hostname),
      mac_address = coalesce(change.mac_address::macaddr, host.mac_address),
      vendor = coalesce(change.vendor, host.vendor),
      os_family = coalesce(change.os_family, host.os_family),
      os_name = coalesce(change.os_name, host.os_name)
    FROM (
      SELECT host_id, max(value) FILTER (WHERE fact = 'hostname') AS hostname,
        max(value) FILTER (WHERE fact = 'mac_address') AS mac_address, max(value) FILTER (WHERE fact = 'vendor') AS vendor,
        max(value) FILTER (WHERE fact = 'os_family') AS os_family, max(value) FILTER (WHERE fact = 'os_name') AS os_name
      FROM placed WHERE decides AND port IS NULL AND value IS DISTINCT FROM old_value GROUP BY host_id
    ) AS change WHERE host.id = change.host_id`;
}

/** A row for each change: of what stands, or inside the past when a finding arrives late. */
function appendHistory(source: ObservationSource): RawBuilder<unknown> {
  return sql`
    INSERT INTO host_history (host_id, fact, protocol, port, old_value, new_value, reason, job_id, shard_number, observed_at)
    SELECT host_id, fact, protocol, port, old_value, value, reason, job_id, shard_number, observed_at FROM (
      SELECT host_id, fact, protocol, port, ${valueInForce(source)} AS old_value, value, reason,
        ${source.jobId}::bigint AS job_id, ${source.shardNumber}::int AS shard_number, observed_at FROM placed
      UNION ALL ${valueAfterLate(source)}) AS change
    WHERE old_value IS DISTINCT FROM value
    ORDER BY host_id, fact, protocol, port, observed_at
    ON CONFLICT DO NOTHING`;
}

/** The value just before a finding: what stands, or for one that arrives late the newest of history before it. */
function valueInForce(source: ObservationSource): RawBuilder<unknown> {
  return sql`CASE WHEN placed.decides THEN placed.old_value ELSE (
    SELECT past.new_value FROM host_history past
    WHERE ${SAME_FACT('past', 'placed')}
      AND (past.observed_at, coalesce(past.job_id, 0), coalesce(past.shard_number, 0))
        < (placed.observed_at, ${source.jobId}::bigint, ${source.shardNumber}::int)
    ORDER BY past.observed_at DESC, coalesce(past.job_id, 0) DESC, coalesce(past.shard_number, 0) DESC, past.id DESC
    LIMIT 1) END`;
}

/**
 * What was next found after a late finding begins anew there; it may have been a confirmation until now, unless history
 * has a change in between, of a scan that was purged since.
 */
function valueAfterLate(source: ObservationSource): RawBuilder<unknown> {
  const key = sql`(placed.observed_at, ${source.jobId}::bigint, ${source.shardNumber}::int)`;
  return sql`
    SELECT placed.host_id, placed.fact, placed.protocol, placed.port, placed.value, next.value, next.reason, next.job_id,
      next.shard_number, next.observed_at
    FROM placed CROSS JOIN LATERAL (
      SELECT later.value, later.reason, later.job_id, later.shard_number, later.observed_at FROM scan_findings later
      WHERE ${SAME_FACT('later', 'placed')} AND (later.observed_at, later.job_id, later.shard_number)
        > ${key}
      UNION ALL
      -- What stands, whose own finding may be gone with its scan, unless history has it.
      SELECT standing.value, standing.reason, standing.job_id, standing.shard_number, standing.observed_at
      FROM host_facts standing WHERE ${SAME_FACT('standing', 'placed')}
        AND ${STANDING_KEY} > ${key}
        AND NOT EXISTS (SELECT FROM host_history reported WHERE ${SAME_FACT('reported', 'standing')} AND ${keyOf('reported')} = ${STANDING_KEY})
      ORDER BY observed_at, job_id NULLS FIRST, shard_number NULLS FIRST LIMIT 1
    ) AS next
    WHERE NOT placed.decides AND placed.value IS DISTINCT FROM ${valueInForce(source)}
      AND NOT EXISTS (SELECT FROM host_history past WHERE ${SAME_FACT('past', 'placed')}
        AND ${keyOf('past')} > ${key} AND ${keyOf('past')} < ${keyOf('next')})`;
}
