import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import type { Page } from '#store/scans/scan-views.js';
import { isSiteCalled } from '#store/sites/site-by-name.js';

/** A network with what is known of it now; every figure is counted when it is asked for. */
export interface NetworkView {
  readonly id: number;
  readonly uid: string;
  readonly siteId: number;
  readonly site: string;
  readonly cidr: string;
  readonly name: string;
  readonly description: string | null;
  readonly enabled: boolean;
  /** Null: as the program has it. */
  readonly downAfterMisses: number | null;
  readonly goneAfterDays: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly hosts: number;
  readonly hostsUp: number;
  readonly exclusions: number;
}

/** Hosts of the row `network` that lists show, as a range of the index over (site, address). */
const HOSTS_WITHIN = sql`
  host.site_id = network.site_id AND host.deleted_at IS NULL AND NOT host.ignored
  AND host.ip_address BETWEEN host(network(network.cidr))::inet AND host(broadcast(network.cidr))::inet`;

const NETWORK_VIEW = sql`
  SELECT network.id, network.uid, network.site_id AS "siteId", site.name AS site, network.cidr::text AS cidr, network.name,
    network.description, network.enabled, network.down_after_misses AS "downAfterMisses",
    network.gone_after_days AS "goneAfterDays", network.created_at AS "createdAt", network.updated_at AS "updatedAt",
    hosts.total AS hosts, hosts.up AS "hostsUp",
    (SELECT count(*) FROM network_exclusions WHERE network_id = network.id) AS exclusions
  FROM networks network JOIN sites site ON site.id = network.site_id CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE host.status = 'up') AS up FROM hosts host WHERE ${HOSTS_WITHIN}) AS hosts`;

export interface NetworkFilter {
  readonly site?: string | undefined;
  /** The name whatever its case, or the CIDR. */
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly uid?: string | undefined;
}

function networksMatching({ site, name, enabled, uid }: NetworkFilter) {
  return sql`(${uid ?? null}::uuid IS NULL OR network.uid = ${uid ?? null})
    AND ${site === undefined ? sql`true` : isSiteCalled(site, sql`site.name`)}
    AND (${name ?? null}::text IS NULL OR lower(network.name) = lower(${name ?? null}) OR network.cidr::text = ${name ?? null})
    AND (${enabled ?? null}::boolean IS NULL OR network.enabled = ${enabled ?? null})`;
}

export async function listNetworkViews(
  executor: Executor,
  filter: NetworkFilter,
  page: Page,
): Promise<readonly NetworkView[]> {
  const { rows } = await sql<NetworkView>`
    ${NETWORK_VIEW} WHERE ${networksMatching(filter)}
    ORDER BY site.name, network.cidr LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countNetworks(executor: Executor, filter: NetworkFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM networks network JOIN sites site ON site.id = network.site_id
    WHERE ${networksMatching(filter)}`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** One network; `not_found`. */
export async function findNetworkView(executor: Executor, uid: string): Promise<NetworkView> {
  const { rows } = await sql<NetworkView>`${NETWORK_VIEW} WHERE network.uid = ${uid}`.execute(executor);
  return present(rows[0], uid);
}

function present<Row>(row: Row | undefined, uid: string): Row {
  if (row === undefined)
    throw new ScanoramaError('not_found', `There is no network with the id ${uid}.`, {
      at: uid,
      hint: '`scanorama networks list` shows the networks.',
    });
  return row;
}

/** A network that a target names. */
export interface NamedNetwork {
  readonly id: number;
  readonly name: string;
  readonly cidr: string;
  readonly enabled: boolean;
}

/** The networks of a site that are called by one of these words, name (whatever its case) or CIDR. */
export async function networksCalled(
  executor: Executor,
  siteId: number,
  terms: readonly string[],
): Promise<readonly NamedNetwork[]> {
  if (terms.length === 0) return [];
  const { rows } = await sql<NamedNetwork>`${calledNetworks(siteId, terms)}`.execute(executor);
  return rows;
}

/** The networks of a site that are enabled. */
export async function enabledNetworkCidrs(executor: Executor, siteId: number): Promise<readonly string[]> {
  const { rows } = await sql<{ cidr: string }>`
    SELECT cidr::text AS cidr FROM networks WHERE site_id = ${siteId} AND enabled`.execute(executor);
  return rows.map(({ cidr }) => cidr);
}

/** The same, held as they are called until the transaction ends. */
export async function lockNetworksByName(
  executor: Executor,
  siteId: number,
  terms: readonly string[],
): Promise<readonly NamedNetwork[]> {
  if (terms.length === 0) return [];
  const { rows } = await sql<NamedNetwork>`
    ${calledNetworks(siteId, terms)} ORDER BY id FOR KEY SHARE`.execute(executor);
  return rows;
}

function calledNetworks(siteId: number, terms: readonly string[]) {
  return sql`
    SELECT id, name, cidr::text AS cidr, enabled FROM networks
    WHERE site_id = ${siteId} AND (lower(name) IN (SELECT lower(term) FROM unnest(${terms}::text[]) AS term)
      OR cidr::text = ANY(${terms}::text[]))`;
}

/** The names of the networks of a site that are enabled, or of all. */
export async function networkNames(
  executor: Executor,
  siteId: number,
  { disabledToo }: { readonly disabledToo: boolean },
): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM networks WHERE site_id = ${siteId} AND (enabled OR ${disabledToo}::boolean) ORDER BY id`.execute(
    executor,
  );
  return rows.map(({ name }) => name);
}

export interface NewNetwork {
  readonly uid: string;
  readonly siteId: number;
  readonly cidr: string;
  readonly name: string;
  readonly description: string | null;
}

/** What keeps a network from being stored: its CIDR or its name is taken at the site. */
export async function insertNetwork(executor: Executor, network: NewNetwork): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO networks (uid, site_id, cidr, name, description)
    VALUES (${network.uid}, ${network.siteId}, ${network.cidr}, ${network.name}, ${network.description})
    ON CONFLICT DO NOTHING`.execute(executor);
  return numAffectedRows === 1n;
}

/** Holds a network against everybody who would refer to it; `not_found`. */
export async function lockNetwork(executor: Executor, uid: string): Promise<NetworkView> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM networks WHERE uid = ${uid} FOR UPDATE`.execute(
    executor,
  );
  present(rows[0], uid);
  return findNetworkView(executor, uid);
}

export interface NetworkChange {
  readonly name: string;
  readonly description: string | null;
  readonly enabled: boolean;
  readonly downAfterMisses: number | null;
  readonly goneAfterDays: number | null;
}

export async function updateNetwork(executor: Executor, id: number, change: NetworkChange): Promise<void> {
  await sql`
    UPDATE networks SET name = ${change.name}, description = ${change.description}, enabled = ${change.enabled},
      down_after_misses = ${change.downAfterMisses}, gone_after_days = ${change.goneAfterDays}, updated_at = greatest(clock_timestamp(), created_at)
    WHERE id = ${id}`.execute(executor);
}

/** Its scans name it no more: they are locked first, in the order in which whoever deletes scans locks them. */
export async function deleteNetwork(executor: Executor, id: number): Promise<void> {
  await sql`SELECT FROM scan_jobs WHERE network_id = ${id} ORDER BY id FOR NO KEY UPDATE`.execute(executor);
  await sql`DELETE FROM networks WHERE id = ${id}`.execute(executor);
}

/** Whether the network is still there, held so until the transaction ends. */
export async function lockNetworkRow(executor: Executor, id: number): Promise<boolean> {
  const { rows } = await sql`SELECT id FROM networks WHERE id = ${id} FOR KEY SHARE`.execute(executor);
  return rows.length === 1;
}

/** The uids of those that match, in the order of lists; at most `limit`. */
export async function networkUidsMatching(
  executor: Executor,
  filter: NetworkFilter,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    SELECT network.uid FROM networks network JOIN sites site ON site.id = network.site_id
    WHERE ${networksMatching(filter)} ORDER BY site.name, network.cidr LIMIT ${limit}`.execute(executor);
  return rows.map(({ uid }) => uid);
}
