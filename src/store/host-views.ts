import { sql } from 'kysely';
import type { HostFact } from '#domain/host-fact.js';
import type { HostStatus } from '#domain/host-status.js';
import type { PortState, Reason } from '#domain/port-state.js';
import type { Protocol } from '#domain/protocol.js';
import type { Executor } from '#store/database.js';
import type { Page } from '#store/scan-views.js';

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
  readonly deletedAt: Date | null;
}

const HOST_VIEW = sql`
  SELECT host.id, host.uid, host(host.ip_address) AS address, site.name AS site, host.hostname,
    host.mac_address::text AS mac, host.vendor, host.status, host.status_reason AS "statusReason",
    host.os_family AS "osFamily", host.os_name AS "osName", host.first_seen AS "firstSeen", host.last_seen AS "lastSeen",
    host.deleted_at AS "deletedAt"
  FROM hosts host JOIN sites site ON site.id = host.site_id`;

export interface HostFilter {
  readonly status?: HostStatus | undefined;
  /** Part of an address or of a name, as typed. */
  readonly search?: string | undefined;
  /** A port that is open now, of any protocol. */
  readonly openPort?: number | undefined;
  /** The ones that are marked as deleted, instead of the others. */
  readonly deleted?: boolean | undefined;
}
export interface HostOrder {
  readonly by: 'ip' | 'first_seen' | 'last_seen';
  readonly descending: boolean;
}

function hostsMatching(filter: HostFilter) {
  const pattern =
    filter.search === undefined ? null : `%${filter.search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const isListed = filter.deleted === true ? sql`host.deleted_at IS NOT NULL` : sql`host.deleted_at IS NULL`;
  const hasPort =
    filter.openPort === undefined
      ? sql`true`
      : sql`host.id IN (SELECT open.host_id FROM host_ports open
          WHERE open.port = ${filter.openPort} AND open.state IN ('open', 'open|filtered'))`;
  return sql`${isListed} AND ${hasPort}
    AND (${filter.status ?? null}::text IS NULL OR host.status = ${filter.status ?? null})
    AND (${pattern}::text IS NULL OR host(host.ip_address) ILIKE ${pattern} OR host.hostname ILIKE ${pattern})`;
}

const ORDER_COLUMNS = {
  ip: 'host.ip_address',
  first_seen: 'host.first_seen',
  last_seen: 'host.last_seen',
} as const;

export interface HostListing {
  readonly filter: HostFilter;
  readonly order: HostOrder;
  readonly page: Page;
}

/** One page of hosts; the id breaks ties so that pages neither repeat nor miss one. */
export async function listHostViews(
  executor: Executor,
  { filter, order, page }: HostListing,
): Promise<readonly HostView[]> {
  const direction = sql.raw(order.descending ? 'DESC' : 'ASC');
  const { rows } = await sql<HostView>`${HOST_VIEW} WHERE ${hostsMatching(filter)}
    ORDER BY ${sql.ref(ORDER_COLUMNS[order.by])} ${direction}, host.id ${direction}
    LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countHosts(executor: Executor, filter: HostFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM hosts host WHERE ${hostsMatching(filter)}`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** A host, also one that is marked as deleted. */
export async function findHostByUid(executor: Executor, uid: string): Promise<HostView | undefined> {
  const { rows } = await sql<HostView>`${HOST_VIEW} WHERE host.uid = ${uid}`.execute(executor);
  return rows[0];
}

/** Every host with this address, one a site, also those that are marked as deleted. */
export async function findHostsByAddress(executor: Executor, address: string): Promise<readonly HostView[]> {
  const { rows } = await sql<HostView>`${HOST_VIEW} WHERE host.ip_address = ${address}::inet
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
  readonly lastSeen: Date;
  /** What listens there, as `parseService` reads it; null when it was never asked. */
  readonly service: string | null;
}

/** The known ports of some hosts; with `openOnly` just those that are open now. */
export async function currentPortsOf(
  executor: Executor,
  hostIds: readonly number[],
  openOnly: boolean,
): Promise<readonly HostPortView[]> {
  const { rows } = await sql<HostPortView>`
    SELECT known.host_id AS "hostId", known.protocol, known.port, known.state, known.reason,
      known.first_seen AS "firstSeen", known.last_seen AS "lastSeen", fact.value AS service
    FROM host_ports known LEFT JOIN host_facts fact ON fact.host_id = known.host_id AND fact.fact = 'service'
      AND fact.protocol = known.protocol AND fact.port = known.port
    WHERE known.host_id = ANY(${hostIds}::bigint[])
      AND (NOT ${openOnly}::boolean OR known.state IN ('open', 'open|filtered'))
    ORDER BY known.host_id, known.protocol, known.port`.execute(executor);
  return rows;
}

export interface HostChangeView {
  readonly fact: HostFact;
  readonly protocol: Protocol | null;
  readonly port: number | null;
  readonly oldValue: string | null;
  readonly newValue: string | null;
  readonly reason: string | null;
  readonly scanUid: string | null;
  readonly actor: string | null;
  readonly observedAt: Date;
  readonly recordedAt: Date;
}

/**
 * The newest changes of a host first. What was before a change is told by the history itself: an older
 * observation may be stored after a newer one, and then comes before it. Where retention removed what was before, the
 * oldest that is left has kept it.
 */
export async function listHostHistory(
  executor: Executor,
  hostId: number,
  limit: number,
): Promise<readonly HostChangeView[]> {
  const { rows } = await sql<HostChangeView>`
    SELECT change.fact, change.protocol, change.port, change."oldValue", change.new_value AS "newValue",
      change.reason, job.uid AS "scanUid", change.actor, change.observed_at AS "observedAt", change.recorded_at AS "recordedAt"
    FROM (
      SELECT *, lag(new_value, 1, old_value) OVER (PARTITION BY fact, protocol, port
        ORDER BY observed_at, job_id NULLS FIRST, shard_number NULLS FIRST, position NULLS FIRST, id) AS "oldValue"
      FROM host_history WHERE host_id = ${hostId}
    ) AS change LEFT JOIN scan_jobs job ON job.id = change.job_id
    WHERE change."oldValue" IS DISTINCT FROM change.new_value
    ORDER BY change.observed_at DESC, change.id DESC LIMIT ${limit}`.execute(executor);
  return rows;
}
