import { type RawBuilder, sql } from 'kysely';
import type { PortFindingFact } from '#domain/enrichment/finding.js';
import type { HostFact } from '#domain/hosts/host-fact.js';
import { LISTED_PORT_STATES } from '#domain/ports/port-state.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';
import { type AsOf, isNow, within } from '#store/history/as-of.js';

/*
 * Tables as they were at a past instant, told by host_history alone: of each fact the newest row that counts, in the
 * order that folding compares. They have the columns of the current tables that lists read, so that one statement
 * serves both.
 */

const NEWEST_FIRST = sql`past.observed_at DESC, coalesce(past.job_id, 0) DESC, coalesce(past.shard_number, 0) DESC, past.id DESC`;

const newest = (fact: HostFact, column = 'new_value') =>
  sql`max(${sql.ref(column)}) FILTER (WHERE is_newest AND fact = ${sql.lit(fact)})`;

/** What history does not tell of a host: columns that are what they are now, or empty. */
const UNREPORTED = sql`0 AS misses, NULL::bigint AS rtt_min_us, NULL::bigint AS rtt_max_us, NULL::bigint AS rtt_sum_us, 0::bigint AS rtt_count`;

/**
 * `hosts`, as of a moment. A host was there from its first row of status on. `last_seen` is its newest change then that
 * was seen, not made by a person and not for want of an answer: that it was seen unchanged after that is no change, and
 * no history. How often it was missed and how fast it answered then nobody knows.
 */
export function hostsAt(asOf: AsOf): RawBuilder<unknown> {
  if (isNow(asOf)) return sql`hosts`;
  return sql`(
    SELECT host.id, host.uid, host.site_id, host.ip_address, ${UNREPORTED}, reported.*
    FROM hosts host CROSS JOIN LATERAL (
      SELECT ${newest('status')} AS status, ${newest('status', 'reason')} AS status_reason,
        ${newest('hostname')} AS hostname, ${newest('mac_address')} AS mac_address, ${newest('vendor')} AS vendor,
        ${newest('os_family')} AS os_family, ${newest('os_name')} AS os_name,
        min(observed_at) FILTER (WHERE fact = 'status') AS first_seen,
        max(observed_at) FILTER (WHERE actor IS NULL AND reason IS DISTINCT FROM 'no-response') AS last_seen,
        max(observed_at) FILTER (WHERE is_newest AND fact = 'status' AND begins) AS status_changed_at,
        max(job_id) FILTER (WHERE is_newest AND fact = 'status' AND begins) AS status_changed_job_id,
        coalesce(${newest('flapping')} = 'true', false) AS flapping, coalesce(${newest('ignored')} = 'true', false) AS ignored,
        ${newest('custom_name')} AS custom_name, ${newest('down_after_misses')}::int AS down_after_misses,
        ${newest('gone_after_days')}::int AS gone_after_days, ${newest('hostname', 'reason')} AS hostname_reason,
        -- When it was marked as deleted; NULL while it is not, or when that was undone.
        max(observed_at) FILTER (WHERE is_newest AND fact = 'deleted' AND new_value = 'true') AS deleted_at
      FROM (
        SELECT past.fact, past.new_value, past.reason, past.observed_at, past.actor, past.job_id, past.old_value IS NOT NULL AS begins,
          row_number() OVER (PARTITION BY past.fact ORDER BY ${NEWEST_FIRST}) = 1 AS is_newest
        FROM host_history past WHERE past.host_id = host.id AND past.port IS NULL AND ${within(asOf)}) AS row
    ) AS reported WHERE reported.status IS NOT NULL)`;
}

/** Whether `hostsAt` holds the row `host`, without telling anything of it. */
export function wasKnown(asOf: AsOf): RawBuilder<unknown> {
  return sql`EXISTS (SELECT FROM host_history past
    WHERE past.host_id = host.id AND past.fact = 'status' AND past.port IS NULL AND ${within(asOf)})`;
}

/** Who deleted the row `host`, of which `hostsAt` says that it is deleted at that moment. */
export function deleterAt(asOf: AsOf): RawBuilder<unknown> {
  return sql`(
    SELECT past.actor FROM host_history past
    WHERE past.host_id = host.id AND past.fact = 'deleted' AND past.port IS NULL AND ${within(asOf)}
    ORDER BY ${NEWEST_FIRST} LIMIT 1)`;
}

/** When the row `host`, or a port of it, last changed until a past moment, as the filter's `changed` has it. */
export function changedAt(asOf: AsOf): RawBuilder<unknown> {
  if (isNow(asOf)) return sql`NULL::timestamptz`;
  return sql`(SELECT max(past.observed_at) FROM host_history past WHERE past.host_id = host.id AND ${within(asOf)})`;
}

/** How the name of the row `host` became known. */
export function hostnameReason(asOf: AsOf): RawBuilder<unknown> {
  if (!isNow(asOf)) return sql`host.hostname_reason`;
  return sql`(SELECT reason FROM host_facts WHERE host_facts.host_id = host.id AND fact = 'hostname')`;
}

/**
 * How many hosts `hostsAt` holds that are not deleted, nor ignored unless these count too. It reads no values, so that the index on
 * what is told of hosts themselves is enough: 5,000,000 rows of history are counted without the table.
 */
export async function countPastHosts(
  executor: Executor,
  asOf: AsOf,
  { ignoredToo }: { readonly ignoredToo: boolean },
): Promise<number> {
  const leftOut = ignoredToo ? sql`past.fact = 'deleted'` : sql`past.fact IN ('deleted', 'ignored')`;
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM (
      SELECT DISTINCT past.host_id FROM host_history past WHERE past.fact = 'status' AND past.port IS NULL AND ${within(asOf)}
      EXCEPT
      SELECT newest.host_id FROM (
        SELECT DISTINCT ON (past.host_id, past.fact) past.host_id, past.new_value FROM host_history past
        WHERE ${leftOut} AND past.port IS NULL AND ${within(asOf)}
        ORDER BY past.host_id, past.fact, ${NEWEST_FIRST}) AS newest WHERE newest.new_value = 'true') AS known`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}

const isListed = (column: string) => sql`${sql.ref(column)} = ANY(${[...LISTED_PORT_STATES]}::text[])`;

/**
 * `host_ports` of some hosts, as of a moment: a port is told of from the first time on that it was open, whatever was
 * stored of it before. It was first seen, and last opened, the first and the last time that it became so; when it was
 * last seen so is no change, and no history.
 */
export function portsAt(asOf: AsOf, hostIds: readonly number[]): RawBuilder<unknown> {
  if (isNow(asOf)) return sql`host_ports`;
  const begun = sql`FILTER (WHERE ${isListed('past.new_value')}) OVER of_port`;
  return sql`(
    SELECT host_id, protocol, port, state, reason, coalesce(first_listed, begun) AS first_seen, NULL::timestamptz AS last_seen, coalesce(last_listed, begun) AS last_opened
    FROM (
      SELECT DISTINCT ON (past.host_id, past.protocol, past.port) past.host_id, past.protocol, past.port,
        past.new_value AS state, past.reason, min(past.observed_at) OVER of_port AS begun,
        min(past.observed_at) ${begun} AS first_listed, max(past.observed_at) ${begun} AS last_listed,
        -- The row that tells of its opening may be beyond what is kept; the one after it remembers.
        bool_or(${isListed('past.new_value')} OR coalesce(${isListed('past.old_value')}, false)) OVER of_port AS was_listed
      FROM host_history past
      WHERE past.host_id = ANY(${hostIds}::bigint[]) AND past.fact = 'port' AND ${within(asOf)}
      WINDOW of_port AS (PARTITION BY past.host_id, past.protocol, past.port)
      ORDER BY past.host_id, past.protocol, past.port, ${NEWEST_FIRST}) AS newest
    WHERE was_listed)`;
}

/** The ids of the hosts on which one of these ports was open at a moment; `isProbed` is of the columns `port` and `protocol`. */
export function hostsWithOpenPort(asOf: AsOf, isProbed: RawBuilder<unknown>): RawBuilder<unknown> {
  if (isNow(asOf))
    return sql`(SELECT host_id FROM host_ports WHERE ${isProbed} AND state IN (${valueList(LISTED_PORT_STATES)}))`;
  return sql`(
    SELECT newest.host_id FROM (
      SELECT DISTINCT ON (past.host_id, past.protocol, past.port) past.host_id, past.new_value FROM host_history past
      WHERE past.fact = 'port' AND ${isProbed} AND ${within(asOf)}
      ORDER BY past.host_id, past.protocol, past.port, ${NEWEST_FIRST}) AS newest WHERE ${isListed('newest.new_value')})`;
}

/** `host_facts` of the ports of some hosts, as of a moment. */
export function servicesAt(asOf: AsOf, hostIds: readonly number[]): RawBuilder<unknown> {
  return isNow(asOf) ? sql`host_facts` : factsAt(asOf, hostIds, ['service']);
}

/** The same of these facts of ports at a past moment; when each is dated is when it became so. */
export function factsAt(
  asOf: AsOf,
  hostIds: readonly number[],
  facts: readonly PortFindingFact[],
): RawBuilder<unknown> {
  return sql`(
    SELECT DISTINCT ON (past.host_id, past.fact, past.protocol, past.port) past.host_id, past.fact, past.protocol, past.port,
      past.new_value AS value, past.reason, past.observed_at
    FROM host_history past
    WHERE past.host_id = ANY(${hostIds}::bigint[]) AND past.fact IN (${valueList(facts)}) AND ${within(asOf)}
    ORDER BY past.host_id, past.fact, past.protocol, past.port, ${NEWEST_FIRST})`;
}
