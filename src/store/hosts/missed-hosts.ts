import { type RawBuilder, sql } from 'kysely';
import { METHODS_OF_REASONS, NEIGHBOR_ANSWERS, SHOWN_BY_LIKE } from '#domain/discovery/discovery-method.js';
import { DEFAULT_DOWN_AFTER } from '#domain/hosts/status-rules.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';
import { surroundings } from '#store/hosts/nearby-networks.js';
import { NETWORKS_AROUND } from '#store/networks/enclosing-networks.js';

/** A host whose life has to be told anew, from an instant on. */
export interface TouchedStatus {
  readonly hostId: number;
  readonly from: Date;
}

/** A range of addresses that a scan looked for without a word. */
export interface UnresponsiveRange {
  readonly first: string;
  readonly last: string;
  /** When asking began. */
  readonly observedAt: Date;
}

/** Keeps whom a scan looked for in vain. Looking again after a stop tells another time. */
export async function insertUnresponsiveRanges(
  executor: Executor,
  { jobId, shardNumber }: { readonly jobId: number; readonly shardNumber: number },
  ranges: readonly UnresponsiveRange[],
): Promise<void> {
  if (ranges.length === 0) return;
  await sql`
    INSERT INTO scan_unresponsive_ranges (job_id, shard_number, first_address, last_address, observed_at)
    SELECT ${jobId}, ${shardNumber}, * FROM unnest(
      ${ranges.map(({ first }) => first)}::inet[], ${ranges.map(({ last }) => last)}::inet[],
      ${ranges.map(({ observedAt }) => observedAt)}::timestamptz[])
    ON CONFLICT DO NOTHING`.execute(executor);
}

/** Whether the row `job` is a run that asks for hosts themselves, and not for ports alone. */
export const PROBES_HOSTS = sql`(job.live_hosts OR job.scan_type = 'discovery')`;

/**
 * The reason of the answer of a neighbour that told the run `job_id` the hardware address of a host; null where none did. A scan of
 * ports goes on to see the host by these, and it answers its neighbours still.
 */
export function neighborAnswer(jobId: string, hostId: string): RawBuilder<unknown> {
  return sql`(SELECT reported.reason FROM scan_findings reported WHERE reported.job_id = ${sql.ref(jobId)} AND reported.host_id = ${sql.ref(hostId)}
    AND reported.fact = 'mac_address' AND reported.reason IN (${valueList(NEIGHBOR_ANSWERS)}))`;
}

/**
 * The newest answer of a host, before an instant, to a run that asks for hosts: job_id, reason, and by what it answered
 * that run as a neighbour. What it answers by is what other such runs can miss.
 */
export function lastAnswer(hostId: string, before: string): RawBuilder<unknown> {
  const since = sql`coalesce(lower(time), answer.observed_at)`;
  return sql`(
    SELECT answer.job_id, answer.reason, ${neighborAnswer('answer.job_id', 'answer.host_id')} AS neighbor FROM scan_hosts answer JOIN scan_jobs job ON job.id = answer.job_id
      LEFT JOIN LATERAL unnest(answer.seen) AS time ON true
    WHERE answer.host_id = ${sql.ref(hostId)} AND ${PROBES_HOSTS} AND ${since} < ${sql.ref(before)}
    ORDER BY ${since} DESC, answer.job_id DESC LIMIT 1)`;
}

/** Whether a run could miss anybody: it was whole, and asked for hosts. */
const COUNTS = sql`(job.status = 'completed' AND NOT job.partial AND job.engine <> 'import' AND ${PROBES_HOSTS})`;

/** True when the scan may have missed somebody. */
export async function mayMiss(executor: Executor, jobId: number): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`
    SELECT EXISTS (SELECT FROM scan_jobs job WHERE job.id = ${jobId} AND ${COUNTS}) AS may`.execute(executor);
  return rows[0]?.may ?? false;
}

/**
 * Stores the misses of a run that was just completed; gives the hosts whose life it may change. Of a host that is gone
 * nothing changes but how often it was missed. Runs under all address locks.
 */
export async function insertMissesOfRun(
  executor: Executor,
  jobId: number,
): Promise<readonly TouchedStatus[]> {
  return insertMisses(
    executor,
    sql`
    SELECT unresponsive.job_id, host.id AS host_id, unresponsive.observed_at
    FROM scan_unresponsive_ranges unresponsive JOIN scan_jobs job ON job.id = unresponsive.job_id
      JOIN hosts host ON host.site_id = job.site_id AND host.ip_address BETWEEN unresponsive.first_address AND unresponsive.last_address
    WHERE unresponsive.job_id = ${jobId}`,
  );
}

/**
 * The same for hosts that were not known, or not that early, when runs missed their addresses: `from` is since when each
 * is known to have been there.
 */
export async function insertMissesOfHosts(
  executor: Executor,
  hosts: readonly TouchedStatus[],
): Promise<readonly TouchedStatus[]> {
  if (hosts.length === 0) return [];
  const known = sql`unnest(${hosts.map(({ hostId }) => hostId)}::bigint[],
    ${hosts.map(({ from }) => from)}::timestamptz[]) AS known(host_id, since) JOIN hosts host ON host.id = known.host_id`;
  return insertMisses(
    executor,
    sql`
    SELECT unresponsive.job_id, host.id AS host_id, unresponsive.observed_at
    FROM ${known} JOIN scan_unresponsive_ranges unresponsive ON unresponsive.observed_at > known.since
        AND host.ip_address BETWEEN unresponsive.first_address AND unresponsive.last_address
      JOIN scan_jobs job ON job.id = unresponsive.job_id AND job.site_id = host.site_id`,
  );
}

/**
 * `silences` gives job_id, host_id and observed_at. A run says something of a network only if somebody else of it
 * answered: with the uplink cut, everybody is silent. The machine that asks always hears itself.
 */
async function insertMisses(
  executor: Executor,
  silences: RawBuilder<unknown>,
): Promise<readonly TouchedStatus[]> {
  const { rows } = await sql<TouchedStatus>`
    WITH probed AS MATERIALIZED (
      SELECT noResponse.job_id, noResponse.host_id, min(noResponse.observed_at) AS probed_at
      FROM (${silences}) AS noResponse JOIN scan_jobs job ON job.id = noResponse.job_id WHERE ${COUNTS}
        AND NOT EXISTS (SELECT FROM scan_hosts seen WHERE seen.job_id = noResponse.job_id AND seen.host_id = noResponse.host_id)
      GROUP BY noResponse.job_id, noResponse.host_id
    ), placed AS MATERIALIZED (
      SELECT probed.*, host.site_id, host.ip_address, coalesce(host.down_after_misses, network.down_after_misses) AS down_after_misses,
        coalesce(host.gone_after_days, network.gone_after_days) AS gone_after_days,
        CASE WHEN masklen(network.cidr) < masklen(host.ip_address) THEN network.cidr::inet
          ELSE network(set_masklen(host.ip_address, CASE family(host.ip_address) WHEN 4 THEN 24 ELSE 64 END))::inet END AS segment
      -- Before it was ever there nobody could miss it.
      FROM probed JOIN hosts host ON host.id = probed.host_id AND probed.probed_at > host.first_seen CROSS JOIN LATERAL (
        SELECT ${ofNarrowest('cidr')}, ${ofNarrowest('down_after_misses')}, ${ofNarrowest('gone_after_days')}
        FROM ${NETWORKS_AROUND}) AS network
    ), speaking AS MATERIALIZED (
      SELECT job_id, site_id, segment FROM (SELECT DISTINCT job_id, site_id, segment FROM placed) AS received
      WHERE EXISTS (
        SELECT FROM hosts other JOIN scan_hosts seen ON seen.job_id = received.job_id AND seen.host_id = other.id
        WHERE other.site_id = received.site_id
          AND other.ip_address BETWEEN host(network(segment))::inet AND host(broadcast(segment))::inet
          AND NOT other.ip_address << '127.0.0.0/8' AND other.ip_address <> '::1'
          AND NOT EXISTS (SELECT FROM scan_shards shard WHERE shard.job_id = received.job_id AND other.ip_address = ANY (shard.probed_from)))
    ), received_alike AS MATERIALIZED (
      SELECT DISTINCT seen.job_id, seen.reason, ${surroundings('seen.reason', 'other.ip_address')} AS place
      FROM scan_hosts seen JOIN hosts other ON other.id = seen.host_id
      WHERE seen.job_id IN (SELECT job_id FROM placed) AND seen.reason IN (${valueList(SHOWN_BY_LIKE)})
      UNION
      -- Whom a scan of ports saw by these in the end, its sweep had heard as neighbours.
      SELECT reported.job_id, reported.reason, ${surroundings('reported.reason', 'other.ip_address')}
      FROM scan_findings reported JOIN hosts other ON other.id = reported.host_id
      WHERE reported.job_id IN (SELECT job_id FROM placed) AND reported.fact = 'mac_address' AND reported.reason IN (${valueList(NEIGHBOR_ANSWERS)})
    ), missed AS (
      INSERT INTO scan_misses (job_id, host_id, probed_at, down_after_misses, gone_after_days, unanswered)
      SELECT placed.job_id, host_id, probed_at, coalesce(down_after_misses, ${DEFAULT_DOWN_AFTER.misses}),
        coalesce(gone_after_days, ${DEFAULT_DOWN_AFTER.goneAfterDays}), ${unansweredBy()}
      FROM placed JOIN speaking USING (job_id, site_id, segment) ORDER BY host_id
      ON CONFLICT DO NOTHING RETURNING host_id, probed_at, unanswered
    ), still_gone AS (
      -- As its life would be told: a miss counts unless the run could not hear what the host last answered by.
      SELECT host.id, max(missed.probed_at) AS missed_at,
        count(*) FILTER (WHERE ${couldReceive('missed.unanswered')}) AS misses
      FROM missed JOIN hosts host ON host.id = missed.host_id AND host.status = 'gone' AND NOT host.flapping
        LEFT JOIN LATERAL ${lastAnswer('missed.host_id', 'missed.probed_at')} AS answer ON true
      GROUP BY host.id HAVING min(missed.probed_at) > greatest(host.missed_at, host.last_seen)
    ), counted AS (
      UPDATE hosts host SET misses = host.misses + still_gone.misses, missed_at = still_gone.missed_at
      FROM still_gone WHERE host.id = still_gone.id RETURNING host.id
    )
    SELECT host_id AS "hostId", min(probed_at) AS "from" FROM missed
    WHERE host_id NOT IN (SELECT id FROM counted) GROUP BY host_id ORDER BY host_id`.execute(executor);
  return rows;
}

/** Whether a run that could not receive `unanswered` could hear one of the answers of the row `answer`, or there is none. */
export function couldReceive(unanswered: string): RawBuilder<unknown> {
  const deaf = sql.ref(unanswered);
  return sql`(answer.reason IS NULL OR answer.reason <> ALL (${deaf}) OR coalesce(answer.neighbor <> ALL (${deaf}), false))`;
}

/** What the narrowest of the networks around a host says that says it; null where none does. */
function ofNarrowest(column: string): RawBuilder<unknown> {
  const given = sql.ref(`network.${column}`);
  return sql`(array_agg(${given} ORDER BY prefix.length DESC) FILTER (WHERE ${given} IS NOT NULL))[1] AS ${sql.ref(column)}`;
}

/**
 * The answers that the run of the row `placed` could not hear from a host of that family: it lacked the way, was told not
 * to go it, or heard no such answer nearby where the way alone does not say that it was to be had.
 */
function unansweredBy(): RawBuilder<unknown> {
  return sql`ARRAY(
    SELECT answer.reason FROM scan_jobs job, unnest(${METHODS_OF_REASONS.map(([reason]) => reason)}::text[],
      ${METHODS_OF_REASONS.map(([, method]) => method)}::text[]) AS answer(reason, method)
    WHERE job.id = placed.job_id AND (answer.method <> ALL (job.discovery_methods) OR EXISTS (
      SELECT FROM scan_warnings warning WHERE warning.job_id = job.id AND warning.kind = 'method-missing'
        AND warning.subject = answer.method || ' IPv' || family(placed.ip_address))
      OR (answer.reason IN (${valueList(SHOWN_BY_LIKE)})
        AND (job.id, answer.reason, ${surroundings('answer.reason', 'placed.ip_address')}) NOT IN (SELECT job_id, reason, place FROM received_alike)))
    ORDER BY answer.reason)`;
}
