import { type RawBuilder, sql } from 'kysely';
import { SCAN_CHANGE_KINDS, type ScanChangeCounts, type ScanChangeKind } from '#domain/diff/scan-change.js';
import { METHODS_OF_REASONS, SHOWN_BY_LIKE } from '#domain/discovery/discovery-method.js';
import { PORT_FINDING_FACTS } from '#domain/enrichment/finding.js';
import type { HostStatus } from '#domain/hosts/host-status.js';
import { HOST_EVIDENCE, UNTELLING_PORT_STATES } from '#domain/ports/port-state.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';
import { type BegunScan, isReportedBefore, timeBefore } from '#store/diff/known-before.js';
import { surroundings } from '#store/hosts/nearby-networks.js';
import { hostsAt, wasKnown } from '#store/hosts/past-hosts.js';
import type { Page } from '#store/scans/scan-views.js';

/*
 * Two scans are compared by what each of them stored and never changes again (what was known before them is of history):
 *
 *     port_scans rows ───┐                       both asked ─→ opened, closed, changed
 *                        ├─ answers by address ─┤
 *     scan_coverage ─────┘                       one asked  ─→ not comparable
 *
 * A port counts as asked when its answer tells whether anything listens. Of a scan that is not complete, silence does
 * not count either: it may be the scan's own. What was never settled is in neither table.
 *
 * Of two discovery runs the question is the host itself. Where one heard nothing, the other's answer is a change only if
 * both asked by the method that brought it; where the method alone does not say that the answer was to be had, another
 * such answer nearby has to.
 */

/** What deciding on a difference needs to know of a scan. */
export interface ComparedScan extends BegunScan {
  readonly siteId: number;
  /** Completed, and not partial: its silence means something. */
  readonly complete: boolean;
  /** It looked for hosts first, and asked those alone that showed a sign of life. */
  readonly liveHosts: boolean;
  readonly isAck: boolean;
  /** A discovery run, which asked hosts and no ports. */
  readonly isDiscovery: boolean;
}

/** The earlier scan, and the one that is compared with it; of one site, and of one kind as far as ACK scans and discoveries go. */
export interface ScanPair {
  readonly base: ComparedScan;
  readonly scan: ComparedScan;
}

/** What only one of two scans asked, or saw where the other did not ask. */
export interface OneSided {
  readonly addresses: number;
  readonly ports: number;
  readonly hosts: number;
}

/** What a host was when the later scan began, by what was known then: what is stored later changes nothing of it. Told from history, as far as that is kept. */
export interface KnownBefore {
  readonly firstSeen: string;
  readonly status: HostStatus;
  readonly since: string;
}

export interface ScanChangeRow {
  readonly kind: ScanChangeKind;
  readonly address: string;
  readonly hostUid: string | null;
  readonly protocol: Protocol | null;
  /** Ranges as people write them, `1-21,23`; null for a host. */
  readonly ports: string | null;
  /** How many ports it is about; of a host, how many were open. */
  readonly count: number;
  /** A state, or what `parseService` reads; null for a host. */
  readonly old: string | null;
  readonly new: string | null;
  /** Of `host_new`; null of one that nobody knew, and of all where `hostsBack` is null. */
  readonly known: KnownBefore | null;
}

export interface ScanDiff {
  readonly counts: ScanChangeCounts;
  /** Of `hostsNew` those that were known before; null where history of that time is kept no more. */
  readonly hostsBack: number | null;
  readonly onlyBase: OneSided;
  readonly onlyScan: OneSided;
  /** Rows in all. */
  readonly total: number;
  readonly page: readonly ScanChangeRow[];
}

/**
 * What changed from one scan to another, a page of it in the order of addresses. It stays the same for ever, but for what
 * was known of new hosts before: that is told as long as history is kept. Ask it once that is settled (`awaitCommittedBefore`).
 */
export async function diffScans(executor: Executor, pair: ScanPair, page: Page): Promise<ScanDiff> {
  const isReported = await isReportedBefore(executor, pair.scan);
  const { rows } = await sql<ScanDiff>`
    ${changesOf(pair)}, lopsided AS (${lopsided(pair)})
    SELECT ${COUNTS} AS counts, ${isReported ? hostsBack(pair) : NOTHING_REPORTED} AS "hostsBack",
      (SELECT jsonb_build_object('addresses', base_addresses, 'ports', base_ports, 'hosts', ${omitted('base')}) FROM lopsided) AS "onlyBase",
      (SELECT jsonb_build_object('addresses', scan_addresses, 'ports', scan_ports, 'hosts', ${omitted('scan')}) FROM lopsided) AS "onlyScan",
      (SELECT count(*) FROM change) AS total,
      (SELECT coalesce(jsonb_agg(to_jsonb(shown)), '[]') FROM (${shownRows(pair, page, isReported)}) AS shown) AS page`.execute(
    executor,
  );
  const [diff] = rows;
  if (diff === undefined) throw new Error('a statement that always returns a row returned none');
  return diff;
}

/** Of a time before history is kept. */
const NOTHING_REPORTED = sql`NULL`;

function hostsBack({ scan }: ScanPair): RawBuilder<unknown> {
  return sql`(SELECT count(*) FROM change JOIN hosts host ON host.site_id = ${scan.siteId} AND host.ip_address = change.address
    WHERE kind = 'host_new' AND ${wasKnown(timeBefore(scan))})`;
}

/** The counts alone. */
export async function countChanges(executor: Executor, pair: ScanPair): Promise<ScanChangeCounts> {
  const { rows } = await sql<{ counts: ScanChangeCounts }>`
    ${changesOf(pair)} SELECT ${COUNTS} AS counts`.execute(executor);
  const [row] = rows;
  if (row === undefined) throw new Error('a statement that always returns a row returned none');
  return row.counts;
}

const COUNTS = sql`(SELECT jsonb_build_object(
  'hostsNew', count(*) FILTER (WHERE kind = 'host_new'), 'hostsNotSeen', count(*) FILTER (WHERE kind = 'host_not_seen'),
  'hostsChanged', count(*) FILTER (WHERE kind IN ('mac_changed', 'name_changed', 'ssh_host_key_changed', 'certificate_changed')),
  'portsOpened', count(*) FILTER (WHERE kind = 'port_opened'), 'portsClosed', count(*) FILTER (WHERE kind = 'port_closed'),
  'portsChanged', coalesce(sum(count) FILTER (WHERE kind = 'port_changed'), 0),
  'servicesChanged', count(*) FILTER (WHERE kind = 'service_changed')) FROM change)`;

/** The CTEs up to `change`: one row for each host, each port that opened or closed, each service, each range of others. */
function changesOf({ base, scan }: ScanPair): RawBuilder<unknown> {
  const reporting = untellingOf({ base, scan });
  return sql`
    WITH base_answer AS MATERIALIZED (${answersOf(base, reporting)}), scan_answer AS MATERIALIZED (${answersOf(scan, reporting)}),
    base_state AS (${gathered('base_answer', 'state')}), scan_state AS (${gathered('scan_answer', 'state')}),
    base_probed AS MATERIALIZED (${probedIn('base_answer', { base, scan })}), scan_probed AS MATERIALIZED (${probedIn('scan_answer', { base, scan })}),
    base_seen AS (${seenBy(base)}), scan_seen AS (${seenBy(scan)}),
    one_saw AS MATERIALIZED (
      SELECT id, address, base_seen.id IS NULL AS is_new, coalesce(base_seen.reason, scan_seen.reason) AS reason
      FROM base_seen FULL JOIN scan_seen USING (id, address)
      WHERE base_seen.id IS NULL OR scan_seen.id IS NULL),
    host_change AS MATERIALIZED (${hostChanges({ base, scan })}),
    state_change AS (
      SELECT address, protocol, before.state AS old, after.state AS new, before.ports * after.ports AS ports,
        CASE WHEN after.state = 'open' AND before.state IN ('closed', 'filtered') THEN 'port_opened'
          WHEN before.state = 'open' AND after.state = 'closed' THEN 'port_closed' ELSE 'port_changed' END AS kind
      FROM base_state before JOIN scan_state after USING (address, protocol)
      WHERE ${queryPorts({ base, scan })} AND before.state <> after.state AND before.ports && after.ports),
    change AS MATERIALIZED (
      SELECT kind, address, NULL AS protocol, NULL::int4multirange AS ports, 0::bigint AS count, NULL AS old, NULL AS new FROM host_change
      UNION ALL
      SELECT kind, address, protocol, int4multirange(int4range(port, port + 1)), 1, old, new
      FROM state_change CROSS JOIN LATERAL unnest(ports) AS part CROSS JOIN LATERAL generate_series(lower(part), upper(part) - 1) AS port
      WHERE kind <> 'port_changed'
      UNION ALL
      -- That a host is silent now, or was before, is told by its own row and not by each of its ports.
      SELECT kind, address, protocol, ports, ${sizeOf(sql`ports`)}, old, new FROM state_change
      WHERE kind = 'port_changed' AND (old = 'open' OR new = 'open' OR address IN (
        SELECT address FROM base_seen JOIN scan_seen USING (id, address)))
      UNION ALL
      SELECT CASE fact WHEN 'service' THEN 'service_changed' WHEN 'ssh_host_key' THEN 'ssh_host_key_changed'
          ELSE 'certificate_changed' END, host.ip_address, protocol, int4multirange(int4range(port, port + 1)), 1, before.value, after.value
      FROM scan_findings before JOIN scan_findings after USING (host_id, fact, protocol, port) JOIN hosts host ON host.id = host_id
      WHERE before.job_id = ${base.id} AND after.job_id = ${scan.id} AND fact IN (${valueList(PORT_FINDING_FACTS)}) AND before.value <> after.value
      UNION ALL
      SELECT CASE fact WHEN 'mac_address' THEN 'mac_changed' ELSE 'name_changed' END, host.ip_address, NULL, NULL, 1, before.value, after.value
      FROM scan_findings before JOIN scan_findings after USING (host_id, fact) JOIN hosts host ON host.id = host_id
      WHERE before.job_id = ${base.id} AND after.job_id = ${scan.id} AND fact IN ('mac_address', 'hostname') AND before.value <> after.value)`;
}

const areDiscoveries = ({ base, scan }: ScanPair): boolean => base.isDiscovery && scan.isDiscovery;

/** A constant of the statement: where it is false, what is of ports costs nothing. */
const queryPorts = (pair: ScanPair): RawBuilder<unknown> => (areDiscoveries(pair) ? sql`false` : sql`true`);

/** The addresses a scan asked, with their ports; a sweep may have two answers of one. */
function probedIn(answers: string, pair: ScanPair): RawBuilder<unknown> {
  return areDiscoveries(pair)
    ? sql`SELECT address, protocol, ports FROM ${sql.table(answers)}`
    : gathered(answers);
}

/** States that say nothing to this comparison. A sweep has but one state; what it heard is in the reason. */
function untellingOf({ base, scan }: ScanPair): readonly string[] {
  if (areDiscoveries({ base, scan })) return [];
  return base.isAck && scan.isAck ? ['unknown'] : UNTELLING_PORT_STATES;
}

/** What a scan was told of each port it asked: a row for each state and reason of an address. */
function answersOf({ id, complete }: ComparedScan, untelling: readonly string[]): RawBuilder<unknown> {
  return sql`
    SELECT address, protocol, state, ports,
      reason = ANY(${[...HOST_EVIDENCE]}::text[]) OR (state = 'open' AND reason = 'unreported') AS proves
    FROM scan_coverage WHERE job_id = ${id} AND state <> ALL(${untelling}::text[]) AND (protocol <> 'host' OR reason <> 'answers-all')
      AND (${complete}::boolean OR reason <> 'no-response')
    UNION ALL
    SELECT host.ip_address, raw.protocol, raw.state, range_agg(int4range(raw.port, raw.port + 1)), true
    FROM port_scans raw JOIN hosts host ON host.id = raw.host_id WHERE raw.job_id = ${id}
    GROUP BY host.ip_address, raw.protocol, raw.state`;
}

function gathered(answers: string, by?: string): RawBuilder<unknown> {
  const columns = sql.join(
    ['address', 'protocol', ...(by === undefined ? [] : [by])].map((name) => sql.ref(name)),
  );
  return sql`SELECT ${columns}, range_agg(ports) AS ports FROM ${sql.table(answers)} GROUP BY ${columns}`;
}

function seenBy({ id }: ComparedScan): RawBuilder<unknown> {
  return sql`SELECT host.id, host.ip_address AS address, seen.reason FROM scan_hosts seen JOIN hosts host ON host.id = seen.host_id
    WHERE seen.job_id = ${id}`;
}

/**
 * New is a host of which the earlier scan heard nothing where it asked as well; not seen any more is one that answered
 * nowhere where it had: every port that proved it has to have been asked again. Where both scans looked for hosts
 * first, that the other one's sweep did not find it is enough.
 */
function hostChanges({ base, scan }: ScanPair): RawBuilder<unknown> {
  if (areDiscoveries({ base, scan })) return discoveryChanges({ base, scan });
  return sql`
    SELECT 'host_new' AS kind, address FROM one_saw WHERE is_new AND (address IN (
        SELECT address FROM (${proofs('scan_answer', 'base_probed')}) AS proof WHERE is_probed) OR ${discoveredBy(base, scan)})
    UNION ALL
    SELECT 'host_not_seen', address FROM one_saw WHERE NOT is_new AND (address IN (
        SELECT address FROM (${proofs('base_answer', 'scan_probed')}) AS proof GROUP BY address HAVING bool_and(is_complete)) OR ${discoveredBy(scan, base)})`;
}

/** A host that one sweep saw, where the other was to hear the same answer and heard none. */
function discoveryChanges({ base, scan }: ScanPair): RawBuilder<unknown> {
  return sql`
    SELECT 'host_new' AS kind, one_saw.address ${missedBy(base)} AND one_saw.is_new
    UNION ALL
    SELECT 'host_not_seen', one_saw.address ${missedBy(scan)} AND NOT one_saw.is_new`;
}

/** Of the hosts that one sweep alone saw, those of which the other got no answer to the very question that it asked too. */
function missedBy(other: ComparedScan): RawBuilder<unknown> {
  return sql`
    FROM one_saw JOIN scan_jobs other ON other.id = ${other.id}
    JOIN (VALUES ${sql.join(METHODS_OF_REASONS.map(([reason, method]) => sql`(${reason}::text, ${method}::text)`))})
      AS proof (reason, method) ON proof.reason = one_saw.reason AND proof.method = ANY(other.discovery_methods)
    WHERE ${other.complete}::boolean AND EXISTS (SELECT FROM scan_coverage noResponse WHERE noResponse.job_id = ${other.id}
        AND noResponse.address = one_saw.address AND noResponse.protocol = 'host' AND noResponse.reason = 'no-response')
      AND NOT EXISTS (SELECT FROM scan_warnings lack WHERE lack.job_id = ${other.id} AND lack.kind = 'method-missing'
        AND lack.subject = proof.method || ' IPv' || family(one_saw.address))
      AND (one_saw.reason NOT IN (${valueList(SHOWN_BY_LIKE)}) OR (one_saw.reason, ${surroundings('one_saw.reason', 'one_saw.address')}) IN (
        SELECT reason, ${surroundings('reason', 'address')} FROM scan_coverage
        WHERE job_id = ${other.id} AND protocol = 'host' AND reason IN (${valueList(SHOWN_BY_LIKE)})))`;
}

/** The ports that prove the hosts of one scan: whether the other asked some of them, and whether all. */
function proofs(answers: string, probed: string): RawBuilder<unknown> {
  return sql`
    SELECT address, proof.ports && coalesce(probed.ports, '{}') AS is_probed, proof.ports <@ coalesce(probed.ports, '{}') AS is_complete
    FROM (SELECT address, protocol, range_agg(ports) AS ports FROM ${sql.table(answers)} WHERE proves GROUP BY address, protocol) AS proof
    LEFT JOIN ${sql.table(probed)} probed USING (address, protocol)`;
}

/**
 * Whether the sweep of `one` was to find `one_saw.address`, as that of the other did. It was not where a method was
 * missing, where an exclusion kept it from asking, and where something else answered, so that no answer was believed.
 */
function discoveredBy(one: ComparedScan, other: ComparedScan): RawBuilder<unknown> {
  if (!one.complete || !one.liveHosts || !other.liveHosts) return sql`false`;
  return sql`(NOT EXISTS (SELECT FROM scan_warnings warning WHERE warning.job_id = ${one.id}
      AND CASE WHEN kind IN ('method-missing', 'not-probed') THEN true ELSE ${liesIn('one_saw.address', 'warning.subject')} END)
    AND EXISTS (SELECT FROM scan_jobs job CROSS JOIN LATERAL unnest(job.target_ranges) AS term
      WHERE job.id = ${one.id} AND ${liesIn('one_saw.address', 'term')}))`;
}

/** Whether an address lies in what `formatRange` made of a range. */
function liesIn(address: string, text: string): RawBuilder<unknown> {
  const [inner, term] = [sql.ref(address), sql.ref(text)];
  return sql`CASE WHEN ${term} LIKE '%-%'
    THEN ${inner} BETWEEN split_part(${term}, '-', 1)::inet AND split_part(${term}, '-', 2)::inet
    ELSE ${inner} <<= ${term}::inet END`;
}

/** How much only one of them asked. */
function lopsided(pair: ScanPair): RawBuilder<unknown> {
  return sql`SELECT ${portsAlone('base', 'scan')} AS base_ports, ${portsAlone('scan', 'base')} AS scan_ports,
      ${addressesAlone('base_probed', 'scan_probed')} AS base_addresses, ${addressesAlone('scan_probed', 'base_probed')} AS scan_addresses
    FROM base_probed base FULL JOIN scan_probed scan USING (address, protocol) WHERE ${queryPorts(pair)}`;
}

function portsAlone(one: string, other: string): RawBuilder<unknown> {
  const ports = sql`coalesce(${sql.ref(`${one}.ports`)}, '{}') - coalesce(${sql.ref(`${other}.ports`)}, '{}')`;
  return sql`coalesce(sum(${sizeOf(ports)}) FILTER (WHERE protocol <> 'host'), 0)::bigint`;
}

function addressesAlone(probed: string, other: string): RawBuilder<unknown> {
  return sql`(SELECT count(*) FROM (SELECT address FROM ${sql.table(probed)} EXCEPT SELECT address FROM ${sql.table(other)}) AS alone)`;
}

/** Hosts that only one of the scans saw, and of which that says nothing. */
function omitted(side: 'base' | 'scan'): RawBuilder<unknown> {
  return sql`(SELECT count(*) FROM one_saw WHERE is_new = ${side === 'scan'} AND address NOT IN (SELECT address FROM host_change))`;
}

function sizeOf(ports: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(SELECT coalesce(sum(upper(part) - lower(part)), 0)::bigint FROM unnest(${ports}) AS part)`;
}

const KIND_ORDER = sql`array_position(ARRAY[${valueList(SCAN_CHANGE_KINDS)}], kind)`;

function shownRows(
  { base, scan }: ScanPair,
  { limit, offset }: Page,
  isReported: boolean,
): RawBuilder<unknown> {
  return sql`
    SELECT page.kind, host(page.address) AS address, host.uid AS "hostUid", page.protocol, page.old, page.new,
      (SELECT string_agg(lower(part) || CASE WHEN upper(part) - lower(part) > 1 THEN '-' || (upper(part) - 1) ELSE '' END, ',' ORDER BY part)
        FROM unnest(page.ports) AS part) AS ports,
      CASE WHEN page.protocol IS NOT NULL THEN page.count ELSE (
        SELECT count(*) FROM port_scans raw WHERE raw.host_id = host.id AND raw.state = 'open'
          AND raw.job_id = CASE page.kind WHEN 'host_new' THEN ${scan.id}::bigint ELSE ${base.id}::bigint END) END AS count,
      CASE WHEN page.kind = 'host_new' THEN ${isReported ? knownBefore(scan) : NOTHING_REPORTED} END AS known
    FROM (SELECT *, ${KIND_ORDER} AS rank FROM change
      ORDER BY address, rank, protocol, ports, old, new LIMIT ${limit} OFFSET ${offset}) AS page
    LEFT JOIN hosts host ON host.site_id = ${scan.siteId} AND host.ip_address = page.address
    ORDER BY page.address, rank, page.protocol, page.ports, page.old, page.new`;
}

function knownBefore(scan: ComparedScan): RawBuilder<unknown> {
  return sql`(SELECT jsonb_build_object('firstSeen', first_seen, 'status', status, 'since', coalesce(status_changed_at, first_seen))
    FROM ${hostsAt(timeBefore(scan))} AS before WHERE before.id = host.id)`;
}
