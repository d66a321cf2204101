import { sql } from 'kysely';
import { ENRICHER_PORTS } from '#domain/enrichment/enricher.js';
import type { Filter } from '#domain/filter/filter.js';
import type { HostStatus } from '#domain/hosts/host-status.js';
import { LISTED_PORT_STATES } from '#domain/ports/port-state.js';
import { FRAGILE_PORTS } from '#domain/profiles/profile-fit.js';
import type { SmartScanStage } from '#domain/smart-scan/smart-scan.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';
import { matchingHosts } from '#store/groups/group-rules.js';
import { completenessScore } from '#store/hosts/completeness.js';
import { ADDRESS_LOCK_CLASS, ADDRESS_LOCK_STRIPES } from '#store/ports/address-locks.js';

/**
 * Takes the turn of who starts scans by smart scan, until this transaction ends; false while somebody else has it. So no
 * stage of a host is started twice at once. No scan takes it, and whoever has it waits for none.
 */
export async function takeSmartScanLock(executor: Executor): Promise<boolean> {
  // The second number beyond the stripes, the removal turn and the edit turn.
  const { rows } = await sql<{ taken: boolean }>`
    SELECT pg_try_advisory_xact_lock(${ADDRESS_LOCK_CLASS}::int, ${ADDRESS_LOCK_STRIPES + 2}::int) AS taken`.execute(
    executor,
  );
  return rows[0]?.taken === true;
}

/** A host that smart scan looks at. */
export interface SmartScanHost {
  readonly id: number;
  readonly uid: string;
  readonly address: string;
  readonly siteId: number;
  readonly site: string;
  readonly name: string | null;
  readonly status: HostStatus;
  readonly osFamily: string | null;
  readonly isDeleted: boolean;
  readonly isIgnored: boolean;
  /** A port is open that only devices have which suffer from scans. */
  readonly isFragile: boolean;
  /** A port is open on which a key or a certificate may be shown. */
  readonly mayShowKey: boolean;
}

const MAY_SHOW_KEY = sql`EXISTS (
  SELECT FROM host_ports port WHERE port.host_id = host.id AND port.protocol = 'tcp'
    AND port.port = ANY(${Object.values(ENRICHER_PORTS).flat()}::int[]) AND port.state IN (${valueList(LISTED_PORT_STATES)}))`;

const IS_FRAGILE = sql`EXISTS (
  SELECT FROM host_ports port WHERE port.host_id = host.id AND port.protocol = 'tcp'
    AND port.port = ANY(${[...FRAGILE_PORTS]}::int[]) AND port.state IN (${valueList(LISTED_PORT_STATES)}))`;

const SMART_SCAN_HOST = sql`
  SELECT host.id, host.uid, host(host.ip_address) AS address, host.site_id AS "siteId", site.name AS site,
    coalesce(host.custom_name, host.hostname) AS name, host.status, host.os_family AS "osFamily",
    host.deleted_at IS NOT NULL AS "isDeleted", host.ignored AS "isIgnored", ${IS_FRAGILE} AS "isFragile",
    ${MAY_SHOW_KEY} AS "mayShowKey"
  FROM hosts host JOIN sites site ON site.id = host.site_id`;

/** One host, whatever it is; undefined when there is none. */
export async function findSmartScanHost(executor: Executor, uid: string): Promise<SmartScanHost | undefined> {
  const { rows } = await sql<SmartScanHost>`${SMART_SCAN_HOST} WHERE host.uid = ${uid}`.execute(executor);
  return rows[0];
}

export interface SmartScanSelection {
  readonly matching: Filter | undefined;
  readonly site: string | undefined;
  /** These alone; all when absent. */
  readonly uids: readonly string[] | undefined;
  readonly now: Date;
}

/** Hosts that something may be missing of. */
export interface CandidateQuery extends SmartScanSelection {
  readonly threshold: number;
  /** Those that were last seen before it are looked at whatever their score. */
  readonly staleBefore: Date;
  /** The id of the last one that was read. */
  readonly after: number;
  readonly limit: number;
}

async function selected(executor: Executor, { matching, site, uids, now }: SmartScanSelection) {
  const isOfSite = site === undefined ? sql`true` : sql`site.name = ${site}`;
  const isNamed = uids === undefined ? sql`true` : sql`host.uid = ANY(${[...uids]}::uuid[])`;
  return sql`host.deleted_at IS NULL AND ${isOfSite} AND ${isNamed} AND ${await matchingHosts(executor, { matching, asOf: {}, now })}`;
}

const MAY_ANSWER = sql`host.status IN ('up', 'unknown') AND NOT host.ignored`;

/** A slice of them, in the order of their ids. */
export async function listCandidates(
  executor: Executor,
  query: CandidateQuery,
): Promise<readonly SmartScanHost[]> {
  const { rows } = await sql<SmartScanHost>`
    ${SMART_SCAN_HOST} WHERE ${await selected(executor, query)} AND ${MAY_ANSWER} AND host.id > ${query.after}
      AND (host.last_seen < ${query.staleBefore} OR ${completenessScore(query.now)} < ${query.threshold})
    ORDER BY host.id LIMIT ${query.limit}`.execute(executor);
  return rows;
}

/** Hosts that nothing is sent to, whatever is missing of them. */
export interface UnscannableHosts {
  readonly ignored: number;
  readonly gone: number;
  readonly down: number;
}

export async function countUnscannable(
  executor: Executor,
  selection: SmartScanSelection,
): Promise<UnscannableHosts> {
  const { rows } = await sql<UnscannableHosts>`
    SELECT count(*) FILTER (WHERE host.ignored) AS ignored,
      count(*) FILTER (WHERE NOT host.ignored AND host.status = 'gone') AS gone,
      count(*) FILTER (WHERE NOT host.ignored AND host.status = 'down') AS down
    FROM hosts host JOIN sites site ON site.id = host.site_id WHERE ${await selected(executor, selection)}`.execute(
    executor,
  );
  return rows[0] ?? { ignored: 0, gone: 0, down: 0 };
}

/** The last time that the scan of a host was refused, with nobody there to be asked. */
export interface Refusal {
  readonly stage: SmartScanStage;
  readonly refusedAt: Date;
  readonly code: string;
  readonly message: string;
}

/** Those of some hosts for which no scan was started since, by their ids. */
export async function refusalsAt(
  executor: Executor,
  hostIds: readonly number[],
): Promise<ReadonlyMap<number, Refusal>> {
  const { rows } = await sql<Refusal & { readonly hostId: number }>`
    SELECT host_id AS "hostId", stage, refused_at AS "refusedAt", code, message
    FROM smart_scan_refusals WHERE host_id = ANY(${[...hostIds]}::bigint[])`.execute(executor);
  return new Map(rows.map(({ hostId, ...refusal }) => [hostId, refusal]));
}

/** Keeps that the scan of these hosts was refused. The hosts that are there no more are left out. */
export async function keepRefusal(
  executor: Executor,
  hostIds: readonly number[],
  { stage, refusedAt, code, message }: Refusal,
): Promise<void> {
  await sql`
    INSERT INTO smart_scan_refusals (host_id, stage, refused_at, code, message)
    SELECT id, ${stage}, ${refusedAt}::timestamptz, ${code}, ${message} FROM hosts
    WHERE id = ANY(${[...hostIds]}::bigint[]) ORDER BY id FOR KEY SHARE
    ON CONFLICT (host_id) DO UPDATE SET stage = excluded.stage, refused_at = excluded.refused_at,
      code = excluded.code, message = excluded.message`.execute(executor);
}

/** TCP ports that are open on most hosts of this installation. */
export async function fleetPorts(executor: Executor, limit: number): Promise<readonly number[]> {
  const { rows } = await sql<{ port: number }>`
    SELECT port FROM host_ports WHERE protocol = 'tcp' AND state IN (${valueList(LISTED_PORT_STATES)})
    GROUP BY port ORDER BY count(*) DESC, port LIMIT ${limit}`.execute(executor);
  return rows.map(({ port }) => port);
}

/** Hosts that one profile fits alike. */
export interface HostKind {
  readonly osFamily: string | null;
  readonly isFragile: boolean;
  readonly hosts: number;
}

/** The kinds of hosts that are there, the most frequent first; a family is one whatever its case. */
export async function countHostKinds(executor: Executor, limit: number): Promise<readonly HostKind[]> {
  const { rows } = await sql<HostKind>`
    SELECT min(kind.family) AS "osFamily", kind.fragile AS "isFragile", count(*) AS hosts FROM (
      SELECT host.os_family AS family, ${IS_FRAGILE} AS fragile FROM hosts host
      WHERE host.deleted_at IS NULL AND NOT host.ignored AND host.status <> 'gone') AS kind
    GROUP BY lower(kind.family), kind.fragile ORDER BY count(*) DESC, lower(min(kind.family)) NULLS LAST, kind.fragile
    LIMIT ${limit}`.execute(executor);
  return rows;
}
