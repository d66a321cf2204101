import { type RawBuilder, sql } from 'kysely';
import type { Filter } from '#domain/filter/filter.js';
import type { HostEditFact } from '#domain/hosts/host-edit-kind.js';
import type { HostFact } from '#domain/hosts/host-fact.js';
import type { HostStatus } from '#domain/hosts/host-status.js';
import { LISTED_PORT_STATES, type PortState, type Reason } from '#domain/ports/port-state.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';
import { editOfChange, editsOfHost } from '#store/edits/edit-history.js';
import { matchingHosts } from '#store/groups/group-rules.js';
import { type AsOf, isNow, within } from '#store/history/as-of.js';
import { completenessScore } from '#store/hosts/completeness.js';
import { STATUS_FACTS } from '#store/hosts/host-status.js';
import {
  changedAt,
  countPastHosts,
  deleterAt,
  hostnameReason,
  hostsAt,
  portsAt,
  servicesAt,
} from '#store/hosts/past-hosts.js';
import type { Page } from '#store/scans/scan-views.js';

/** What is known now. */
const NOW: AsOf = {};

export interface HostView {
  readonly id: number;
  readonly uid: string;
  readonly address: string;
  readonly site: string;
  readonly hostname: string | null;
  readonly mac: string | null;
  readonly vendor: string | null;
  readonly status: HostStatus;
  readonly statusReason: Reason | null;
  readonly osFamily: string | null;
  readonly osName: string | null;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** When it or one of its ports last changed until the past moment that was asked for; null of now. */
  readonly changedAt: Date | null;
  readonly deletedAt: Date | null;
  /** Null while it is not deleted. */
  readonly deletedBy: string | null;
  readonly isFlapping: boolean;
  readonly isIgnored: boolean;
  readonly customName: string | null;
  /** Since when it has its status. */
  readonly statusSince: Date;
  /** The scan that turned it; null when it never turned, or that scan was purged. */
  readonly statusScanUid: string | null;
  /** Runs that missed it since it was last seen. */
  readonly misses: number;
  readonly downAfterMisses: number | null;
  readonly goneAfterDays: number | null;
  readonly timedAnswers: number;
  readonly minRoundTripUs: number | null;
  readonly maxRoundTripUs: number | null;
  readonly sumRoundTripUs: number | null;
  /** How the name that was found last became known. */
  readonly hostnameReason: string | null;
}

const hostView = (asOf: AsOf) => sql`
  SELECT host.id, host.uid, host(host.ip_address) AS address, site.name AS site, host.hostname,
    host.mac_address::text AS mac, host.vendor, host.status, host.status_reason AS "statusReason",
    host.os_family AS "osFamily", host.os_name AS "osName", host.first_seen AS "firstSeen", host.last_seen AS "lastSeen",
    ${changedAt(asOf)} AS "changedAt", host.deleted_at AS "deletedAt", CASE WHEN host.deleted_at IS NOT NULL THEN ${deleterAt(asOf)} END AS "deletedBy",
    host.flapping AS "isFlapping", host.ignored AS "isIgnored", host.custom_name AS "customName",
    coalesce(host.status_changed_at, host.first_seen) AS "statusSince", turner.uid AS "statusScanUid", host.misses,
    host.down_after_misses AS "downAfterMisses", host.gone_after_days AS "goneAfterDays", host.rtt_count AS "timedAnswers",
    host.rtt_min_us AS "minRoundTripUs", host.rtt_max_us AS "maxRoundTripUs", host.rtt_sum_us AS "sumRoundTripUs",
    ${hostnameReason(asOf)} AS "hostnameReason"
  FROM ${hostsAt(asOf)} AS host JOIN sites site ON site.id = host.site_id
    LEFT JOIN scan_jobs turner ON turner.id = host.status_changed_job_id`;

export interface HostFilter {
  /** What they must be; absent for all. */
  readonly matching?: Filter | undefined;
  /** The ones that are marked as deleted, instead of the others. */
  readonly deleted?: boolean | undefined;
  /** The ones that are ignored, or the others; all when absent. */
  readonly ignored?: boolean | undefined;
  /** Where the spans of time in it end, when no past is asked for. */
  readonly now: Date;
}
export interface HostOrder {
  /** `score` is not told of a past instant. */
  readonly by: 'ip' | 'first_seen' | 'last_seen' | 'score';
  readonly descending: boolean;
}

async function hostsListed(executor: Executor, filter: HostFilter, asOf: AsOf) {
  const { matching, deleted, ignored, now } = filter;
  const isListed = deleted === true ? sql`host.deleted_at IS NOT NULL` : sql`host.deleted_at IS NULL`;
  const isMeant = ignored === undefined ? sql`true` : ignored ? sql`host.ignored` : sql`NOT host.ignored`;
  return sql`${isListed} AND ${isMeant} AND ${await matchingHosts(executor, { matching, asOf, now })}`;
}

/** Whether it is of all hosts that are not deleted, with those that are ignored or without them. */
function isComplete({ matching, deleted, ignored }: HostFilter): boolean {
  return matching === undefined && deleted !== true && ignored !== true;
}

const ORDER_VALUES: { readonly [By in HostOrder['by']]: (now: Date) => RawBuilder<unknown> } = {
  ip: () => sql`host.ip_address`,
  first_seen: () => sql`host.first_seen`,
  last_seen: () => sql`host.last_seen`,
  score: completenessScore,
};

export interface HostListing {
  readonly filter: HostFilter;
  readonly order: HostOrder;
  readonly asOf?: AsOf | undefined;
  readonly page: Page;
}

/** One page of hosts; the id breaks ties so that pages neither repeat nor miss one. */
export async function listHostViews(
  executor: Executor,
  { filter, order, page, asOf = NOW }: HostListing,
): Promise<readonly HostView[]> {
  const direction = sql.raw(order.descending ? 'DESC' : 'ASC');
  const { rows } = await sql<HostView>`${hostView(asOf)} WHERE ${await hostsListed(executor, filter, asOf)}
    ORDER BY ${ORDER_VALUES[order.by](filter.now)} ${direction}, host.id ${direction}
    LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countHosts(executor: Executor, filter: HostFilter, asOf: AsOf = NOW): Promise<number> {
  if (!isNow(asOf) && isComplete(filter))
    return countPastHosts(executor, asOf, { ignoredToo: filter.ignored === undefined });
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM ${hostsAt(asOf)} AS host WHERE ${await hostsListed(executor, filter, asOf)}`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}

/** A host, also one that is marked as deleted. */
export async function findHostByUid(
  executor: Executor,
  uid: string,
  asOf: AsOf = NOW,
): Promise<HostView | undefined> {
  const { rows } = await sql<HostView>`${hostView(asOf)} WHERE host.uid = ${uid}`.execute(executor);
  return rows[0];
}

/** Every host with this address, one a site, also those that are marked as deleted. */
export async function findHostsByAddress(
  executor: Executor,
  address: string,
  asOf: AsOf = NOW,
): Promise<readonly HostView[]> {
  const { rows } = await sql<HostView>`${hostView(asOf)} WHERE host.ip_address = ${address}::inet
    ORDER BY host.id`.execute(executor);
  return rows;
}

export interface HostPortView {
  readonly hostId: number;
  readonly protocol: Protocol;
  readonly port: number;
  readonly state: PortState;
  readonly reason: Reason;
  readonly firstSeen: Date;
  /** Null of a past moment, which tells when it was last opened instead. */
  readonly lastSeen: Date | null;
  readonly lastOpened: Date | null;
  /** What listens there, as `parseService` reads it; null when it was never asked. */
  readonly service: string | null;
}

/** The known ports of some hosts; with `openOnly` just those that are open. */
export async function portsOf(
  executor: Executor,
  hostIds: readonly number[],
  { openOnly, asOf = NOW }: { readonly openOnly: boolean; readonly asOf?: AsOf | undefined },
): Promise<readonly HostPortView[]> {
  const lastOpened = isNow(asOf) ? sql`NULL::timestamptz` : sql`known.last_opened`;
  const { rows } = await sql<HostPortView>`
    SELECT known.host_id AS "hostId", known.protocol, known.port, known.state, known.reason,
      known.first_seen AS "firstSeen", known.last_seen AS "lastSeen", ${lastOpened} AS "lastOpened", fact.value AS service
    FROM ${portsAt(asOf, hostIds)} AS known LEFT JOIN ${servicesAt(asOf, hostIds)} AS fact ON fact.host_id = known.host_id AND fact.fact = 'service'
      AND fact.protocol = known.protocol AND fact.port = known.port
    WHERE known.host_id = ANY(${hostIds}::bigint[])
      AND (NOT ${openOnly}::boolean OR known.state IN (${valueList(LISTED_PORT_STATES)}))
    ORDER BY known.host_id, known.protocol, known.port`.execute(executor);
  return rows;
}

export interface HostChangeView {
  readonly fact: HostFact | HostEditFact;
  readonly protocol: Protocol | null;
  readonly port: number | null;
  readonly oldValue: string | null;
  readonly newValue: string | null;
  readonly reason: string | null;
  readonly scanUid: string | null;
  readonly actor: string | null;
  /** The edit that it is a part of, as far as that is kept. */
  readonly editUid: string | null;
  readonly observedAt: Date;
  readonly recordedAt: Date;
}

export interface HistoryListing {
  readonly hostId: number;
  readonly page: Page;
  readonly asOf?: AsOf | undefined;
  /** Of these alone; of all when absent. */
  readonly facts?: readonly HostFact[] | undefined;
}

/** History without what was told anew of the same cause: of several such rows the last one counts. */
function standingRows({ hostId, facts, asOf = NOW }: HistoryListing) {
  const isProbed = facts === undefined ? sql`true` : sql`past.fact = ANY(${[...facts]}::text[])`;
  return sql`SELECT * FROM (
    SELECT past.*, row_number() OVER (PARTITION BY fact, observed_at, job_id,
      CASE WHEN fact = ANY(${[...STATUS_FACTS]}::text[]) THEN 0 ELSE id END ORDER BY id DESC) AS from_last
    FROM host_history past WHERE host_id = ${hostId} AND ${within(asOf)} AND ${isProbed}) AS reported WHERE from_last = 1`;
}

/** Every row of history that begins something else than what was before it, and every edit. */
function changesOf(listing: HistoryListing) {
  const { hostId, facts, asOf = NOW } = listing;
  return sql`
    SELECT fact, protocol, port, "oldValue", new_value, reason, job_id, actor, observed_at, recorded_at, id, NULL::bigint AS edit_id FROM (
      SELECT *, lag(new_value, 1, old_value) OVER (PARTITION BY fact, protocol, port
        ORDER BY observed_at, job_id NULLS FIRST, shard_number NULLS FIRST, position NULLS FIRST, id) AS "oldValue"
      FROM (${standingRows(listing)}) AS past
    ) AS row WHERE "oldValue" IS DISTINCT FROM new_value
    ${facts === undefined ? sql`UNION ALL ${editsOfHost(hostId, asOf)}` : sql``}`;
}

/**
 * The newest changes of a host first. What was before a change is told by the history itself: an older
 * observation may be stored after a newer one, and then comes before it. Where retention removed what was before, the
 * oldest that is left has kept it.
 */
export async function listHostHistory(
  executor: Executor,
  listing: HistoryListing,
): Promise<readonly HostChangeView[]> {
  const { rows } = await sql<HostChangeView>`
    SELECT change.fact, change.protocol, change.port, change."oldValue", change.new_value AS "newValue",
      change.reason, job.uid AS "scanUid", change.actor, ${editOfChange(listing.hostId)} AS "editUid",
      change.observed_at AS "observedAt", change.recorded_at AS "recordedAt"
    FROM (${changesOf(listing)}) AS change LEFT JOIN scan_jobs job ON job.id = change.job_id
    ORDER BY change.observed_at DESC, change.id DESC LIMIT ${listing.page.limit} OFFSET ${listing.page.offset}`.execute(
    executor,
  );
  return rows;
}

export async function countHostHistory(executor: Executor, listing: HistoryListing): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM (${changesOf(listing)}) AS change`.execute(executor);
  return rows[0]?.count ?? 0;
}
