import { type RawBuilder, sql } from 'kysely';
import { type DeviceKind, EVIDENCE_GAP_MS, type EvidenceKind } from '#domain/devices/device.js';
import type { HostStatus } from '#domain/hosts/host-status.js';
import type { Executor } from '#store/database/database.js';
import { hostMatches, macRange } from '#store/filter/search.js';
import type { Page } from '#store/scans/scan-views.js';
import { isSiteCalled } from '#store/sites/site-by-name.js';

/** Addresses that a list names of one device. */
export const LISTED_ADDRESSES = 8;

/** A device as a person reads it. */
export interface DeviceView {
  readonly id: number;
  readonly uid: string;
  readonly site: string;
  readonly kind: DeviceKind;
  /** Of the address that was seen last, and has a name. */
  readonly name: string | null;
  readonly vendor: string | null;
  readonly macs: readonly string[];
  /** Those it holds now, the one that was seen last first; at most `LISTED_ADDRESSES`. */
  readonly addresses: readonly string[];
  readonly addressCount: number;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly suggestions: number;
}

/** Rows of device_hosts with when each ends; null for those that hold now. */
export const HELD = sql`(SELECT own.*, (SELECT min(later.since) FROM device_hosts later
  WHERE later.host_id = own.host_id AND later.since > own.since) AS until FROM device_hosts own)`;

function deviceViews(condition: RawBuilder<unknown>): RawBuilder<DeviceView> {
  return sql<DeviceView>`
    SELECT device.id, binding.uid, site.name AS site, device.kind, held.*,
      (SELECT count(*) FROM device_suggestions near WHERE near.one_id = device.id OR near.other_id = device.id) AS suggestions
    FROM devices device JOIN device_bindings binding ON binding.id = device.id JOIN sites site ON site.id = device.site_id
      CROSS JOIN LATERAL (
        SELECT (array_agg(host.name ORDER BY host.last_seen DESC) FILTER (WHERE held.until IS NULL AND host.name IS NOT NULL))[1] AS name,
          (array_agg(host.vendor ORDER BY host.last_seen DESC) FILTER (WHERE held.until IS NULL AND host.vendor IS NOT NULL))[1] AS vendor,
          coalesce(array_agg(DISTINCT behind.mac::text) FILTER (WHERE behind.mac IS NOT NULL), '{}') AS macs,
          coalesce((array_agg(host(host.ip_address) ORDER BY host.last_seen DESC, host.ip_address)
            FILTER (WHERE held.until IS NULL))[1:${sql.lit(LISTED_ADDRESSES)}], '{}') AS addresses,
          count(*) FILTER (WHERE held.until IS NULL) AS "addressCount",
          min(CASE WHEN isfinite(held.since) THEN held.since ELSE host.first_seen END) AS "firstSeen",
          max(coalesce(held.until, host.last_seen)) AS "lastSeen"
        FROM ${HELD} AS held JOIN device_bindings behind ON behind.id = held.binding_id
          JOIN (SELECT hosts.*, coalesce(custom_name, hostname) AS name FROM hosts) AS host ON host.id = held.host_id
        WHERE held.device_id = device.id) AS held
    WHERE ${condition}`;
}

export interface DeviceListQuery {
  readonly page: Page;
  readonly kind?: DeviceKind | undefined;
  readonly site?: string | undefined;
  /** The beginning of an address, of a MAC address or of a word of a name. */
  readonly search?: string | undefined;
}

/** Deleted hosts are no devices of a list, unless they share theirs. */
function listed({ site, search }: Pick<DeviceListQuery, 'site' | 'search'>): RawBuilder<unknown> {
  const mac = search === undefined ? undefined : macRange(search);
  const matches = [
    ...(search === undefined ? [sql`true`] : hostMatches(search)),
    // One that it had, too.
    ...(mac === undefined
      ? []
      : [
          sql`own.binding_id IN (SELECT id FROM device_bindings WHERE mac BETWEEN ${mac.first}::macaddr AND ${mac.last}::macaddr)`,
        ]),
  ];
  const held = matches.map(
    (match) =>
      sql`SELECT own.device_id FROM device_hosts own JOIN hosts host ON host.id = own.host_id WHERE host.deleted_at IS NULL AND ${match}`,
  );
  return sql`
    ${site === undefined ? sql`true` : sql`device.site_id IN (SELECT id FROM sites WHERE ${isSiteCalled(site)})`}
    AND device.id IN (${sql.join(held, sql` UNION `)})`;
}

const ofKind = (kind: DeviceKind | undefined) =>
  kind === undefined ? sql`true` : sql`device.kind = ${kind}`;

/** The newest first. */
export async function listDevices(
  executor: Executor,
  query: DeviceListQuery,
): Promise<readonly DeviceView[]> {
  const { limit, offset } = query.page;
  const { rows } = await deviceViews(sql`device.id IN (
    SELECT device.id FROM devices device WHERE ${listed(query)} AND ${ofKind(query.kind)}
    ORDER BY device.id DESC LIMIT ${limit} OFFSET ${offset}) ORDER BY device.id DESC`).execute(executor);
  return rows;
}

export type DeviceCounts = Readonly<Record<DeviceKind, number>>;

/** How many there are of each kind. */
export async function countDevices(
  executor: Executor,
  query: Pick<DeviceListQuery, 'site' | 'search'>,
): Promise<DeviceCounts> {
  const { rows } = await sql<DeviceCounts>`
    SELECT count(*) FILTER (WHERE kind = 'identified') AS identified, count(*) FILTER (WHERE kind = 'provisional') AS provisional,
      count(*) FILTER (WHERE kind = 'floating') AS floating FROM devices device WHERE ${listed(query)}`.execute(
    executor,
  );
  return rows[0] ?? { identified: 0, provisional: 0, floating: 0 };
}

/** Devices by their ids, in the order of these. */
export async function devicesById(
  executor: Executor,
  ids: readonly number[],
): Promise<readonly DeviceView[]> {
  const { rows } = await deviceViews(sql`device.id = ANY(${ids}::bigint[]) ORDER BY device.id`).execute(
    executor,
  );
  return rows;
}

/** An address that a device holds or held. */
export interface DeviceAddress {
  readonly hostUid: string;
  readonly address: string;
  readonly bindingUid: string;
  readonly mac: string | null;
  readonly status: HostStatus;
  /** Null: as long as it is known. */
  readonly since: Date | null;
  /** Null: it still does. */
  readonly until: Date | null;
  readonly lastSeen: Date;
}

export async function addressesOfDevice(
  executor: Executor,
  deviceId: number,
  limit: number,
): Promise<readonly DeviceAddress[]> {
  const { rows } = await sql<DeviceAddress>`
    SELECT host.uid AS "hostUid", host(host.ip_address) AS address, behind.uid AS "bindingUid", behind.mac::text AS mac, host.status,
      CASE WHEN isfinite(held.since) THEN held.since END AS since, held.until,
      coalesce(held.until, host.last_seen) AS "lastSeen"
    FROM ${HELD} AS held JOIN hosts host ON host.id = held.host_id JOIN device_bindings behind ON behind.id = held.binding_id
    WHERE held.device_id = ${deviceId}
    ORDER BY held.until IS NOT NULL, "lastSeen" DESC, host.ip_address, held.since LIMIT ${limit}`.execute(
    executor,
  );
  return rows;
}

/** What was seen at an address while the device held it. */
export interface EvidenceView {
  readonly hostUid: string;
  readonly address: string;
  readonly kind: EvidenceKind;
  readonly port: number | null;
  readonly value: string;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** The scans that saw it first and last; null when it was purged. */
  readonly firstScanUid: string | null;
  readonly lastScanUid: string | null;
}

export async function evidenceOfDevice(
  executor: Executor,
  deviceId: number,
  limit: number,
): Promise<readonly EvidenceView[]> {
  const { rows } = await sql<EvidenceView>`
    SELECT DISTINCT host.uid AS "hostUid", host(host.ip_address) AS address, host.ip_address, seen.kind, seen.port, seen.value,
      lower(seen.seen) AS "firstSeen", upper(seen.seen) - ${EVIDENCE_GAP_MS} * interval '1 millisecond' AS "lastSeen",
      first.uid AS "firstScanUid", last.uid AS "lastScanUid"
    FROM ${HELD} AS held JOIN device_bindings behind ON behind.id = held.binding_id JOIN hosts host ON host.id = held.host_id
      JOIN device_evidence seen ON seen.host_id = held.host_id AND seen.seen && tstzrange(held.since, held.until)
      LEFT JOIN scan_jobs first ON first.id = seen.first_job_id LEFT JOIN scan_jobs last ON last.id = seen.last_job_id
    WHERE held.device_id = ${deviceId} AND (seen.kind NOT IN ('mac', 'virtual_mac') OR behind.mac::text IS NOT DISTINCT FROM seen.value)
    ORDER BY "lastSeen" DESC, host.ip_address, seen.kind, seen.value, seen.port LIMIT ${limit}`.execute(
    executor,
  );
  return rows;
}

/** Devices that show the same key or certificate, where one of the two floats: who holds an address, or which one is held. */
export async function floatingWith(executor: Executor, deviceId: number): Promise<readonly DeviceView[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT DISTINCT other.id FROM devices device JOIN device_hosts own ON own.device_id = device.id
      JOIN device_evidence seen ON seen.host_id = own.host_id AND seen.kind IN ('ssh_host_key', 'tls_certificate')
      JOIN device_evidence same ON same.site_id = seen.site_id AND same.kind = seen.kind AND same.value = seen.value
      JOIN device_hosts theirs ON theirs.host_id = same.host_id JOIN devices other ON other.id = theirs.device_id
    WHERE device.id = ${deviceId} AND (device.kind = 'floating') <> (other.kind = 'floating')
    ORDER BY other.id LIMIT ${LISTED_ADDRESSES}`.execute(executor);
  return devicesById(
    executor,
    rows.map(({ id }) => id),
  );
}

/** The device that holds an address now; undefined while none was computed. */
export async function deviceOfHost(
  executor: Executor,
  hostId: number,
): Promise<{ readonly uid: string; readonly kind: DeviceKind } | undefined> {
  const { rows } = await sql<{ uid: string; kind: DeviceKind }>`
    SELECT binding.uid, device.kind FROM device_hosts own JOIN devices device ON device.id = own.device_id
      JOIN device_bindings binding ON binding.id = device.id
    WHERE own.host_id = ${hostId} ORDER BY own.since DESC LIMIT 1`.execute(executor);
  return rows[0];
}
