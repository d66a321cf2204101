import { sql } from 'kysely';
import { labelKey } from '#domain/fields/label-name.js';
import type { ScanStatus } from '#domain/scans/scan-status.js';
import type { Executor } from '#store/database/database.js';
import { beginsSo } from '#store/database/uid-prefix.js';
import { isSiteCalled } from '#store/sites/site-by-name.js';

/** Which scans are meant; what is absent does not matter. */
export interface ScanFilter {
  /** Discovery runs instead of scans of ports; both when absent. */
  readonly isDiscovery?: boolean | undefined;
  /** Those whose targets reach into this stored network. */
  readonly networkUid?: string | undefined;
  /** Those that asked this host, or whose report tells of it. */
  readonly hostUid?: string | undefined;
  readonly status?: ScanStatus | undefined;
  /** Those among these. */
  readonly uids?: readonly string[] | undefined;
  /** Those whose uid begins so. */
  readonly uidBeginning?: string | undefined;
  /** Of the profile with this id or name; those of a removed one are found by the name it had then. */
  readonly profile?: string | undefined;
  /** Whatever its case. */
  readonly tag?: string | undefined;
  /** The whole name, whatever its case. */
  readonly name?: string | undefined;
  /** Those at the site of this name, whatever its case. */
  readonly site?: string | undefined;
  readonly createdBefore?: Date | undefined;
  /** The ones that are marked as deleted, instead of the others. */
  readonly deleted?: boolean | undefined;
}

/** A condition on the row `job`. */
export function scansMatching(filter: ScanFilter) {
  const isListed = filter.deleted === true ? sql`job.deleted_at IS NOT NULL` : sql`job.deleted_at IS NULL`;
  return sql`${isListed} AND ${isOfKind(filter.isDiscovery)} AND ${reachesInto(filter.networkUid)} AND ${probedHost(filter.hostUid)} AND ${beginsSo(sql`job.uid`, filter.uidBeginning)} AND ${isAmong(filter.uids)} AND (${filter.status ?? null}::text IS NULL OR job.status = ${filter.status ?? null})
    AND ${isOfProfile(filter.profile)} AND ${hasTag(filter.tag)} AND ${isCalled(filter.name)} AND ${isAtSite(filter.site)}
    AND (${filter.createdBefore ?? null}::timestamptz IS NULL OR job.created_at < ${filter.createdBefore ?? null})`;
}

function isAmong(uids: readonly string[] | undefined) {
  return uids === undefined ? sql`true` : sql`job.uid = ANY(${uids}::uuid[])`;
}

function hasTag(name: string | undefined) {
  if (name === undefined) return sql`true`;
  return sql`job.id IN (SELECT own.job_id FROM scan_tags own JOIN tags tag ON tag.id = own.tag_id WHERE tag.key = ${labelKey(name)})`;
}

function isAtSite(name: string | undefined) {
  if (name === undefined) return sql`true`;
  return sql`job.site_id IN (SELECT id FROM sites WHERE ${isSiteCalled(name)})`;
}

function isCalled(name: string | undefined) {
  return name === undefined ? sql`true` : sql`lower(job.name) = lower(${name})`;
}

function isOfProfile(term: string | undefined) {
  if (term === undefined) return sql`true`;
  return sql`(job.builtin_profile = lower(${term})
    OR job.profile_id IN (SELECT id FROM scan_profiles WHERE uid::text = lower(${term}) OR lower(name) = lower(${term}))
    OR (job.profile_id IS NULL AND job.builtin_profile IS NULL AND lower(job.profile_name) = lower(${term})))`;
}

function isOfKind(isDiscovery: boolean | undefined) {
  if (isDiscovery === undefined) return sql`true`;
  return isDiscovery ? sql`job.engine = 'discovery'` : sql`job.engine <> 'discovery'`;
}

function reachesInto(networkUid: string | undefined) {
  if (networkUid === undefined) return sql`true`;
  return sql`EXISTS (SELECT FROM networks network, unnest(job.target_ranges) AS term, LATERAL (
      SELECT host(network(split_part(term, '-', 1)::inet))::inet AS first,
        host(broadcast(coalesce(nullif(split_part(term, '-', 2), ''), term)::inet))::inet AS last) AS target
    WHERE network.uid = ${networkUid} AND network.site_id = job.site_id
      AND target.first <= host(broadcast(network.cidr))::inet AND target.last >= host(network(network.cidr))::inet)`;
}

/**
 * What a scan stored of an address says that it was asked, not what it was to ask: an exclusion may have come between. Those
 * that looked for it in vain have it in a range.
 */
function probedHost(hostUid: string | undefined) {
  if (hostUid === undefined) return sql`true`;
  const ofHost = sql`FROM hosts host JOIN`;
  return sql`job.id IN (
    SELECT seen.job_id ${ofHost} scan_hosts seen ON seen.host_id = host.id WHERE host.uid = ${hostUid}
    UNION SELECT covered.job_id ${ofHost} scan_coverage covered ON covered.site_id = host.site_id
      AND covered.address = host.ip_address WHERE host.uid = ${hostUid}
    UNION SELECT unresponsive.job_id ${ofHost} scan_unresponsive_ranges unresponsive
      ON host.ip_address BETWEEN unresponsive.first_address AND unresponsive.last_address
      JOIN scan_jobs checked ON checked.id = unresponsive.job_id AND checked.site_id = host.site_id WHERE host.uid = ${hostUid})`;
}

/** The uids of those that match, the oldest first; at most `limit`. */
export async function scanUidsMatching(
  executor: Executor,
  filter: ScanFilter,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    SELECT job.uid FROM scan_jobs job WHERE ${scansMatching(filter)} ORDER BY job.id LIMIT ${limit}`.execute(
    executor,
  );
  return rows.map(({ uid }) => uid);
}
