import { sql } from 'kysely';
import type { ScanChangeCounts } from '#domain/diff/scan-change.js';
import type { DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import type { OsScanState } from '#domain/discovery/os-scan.js';
import type { FindingFact } from '#domain/enrichment/finding.js';
import type { PortState, Reason } from '#domain/ports/port-state.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { SettingName } from '#domain/scans/scan-settings.js';
import type { ScanStatus } from '#domain/scans/scan-status.js';
import type { EngineName, StoredScanType } from '#domain/scans/scan-type.js';
import type { RemovalCause } from '#domain/settings/retention.js';
import type { Executor } from '#store/database/database.js';
import { type ScanFilter, scansMatching } from '#store/filter/scan-filter.js';
import { IDLE_SECONDS } from '#store/scans/idle-time.js';
import type { ResolvedName, StoredProbing } from '#store/scans/scan-jobs.js';

/** What was added up when a scan was completed; null before, and each count of changes where nothing was compared. */
interface StatisticsView {
  readonly coveredPorts: number | null;
  readonly batches: number | null;
  readonly durationMs: number | null;
  readonly observedFrom: Date | null;
  readonly observedTo: Date | null;
  readonly changes: ScanChangeCounts | null;
  readonly baseUid: string | null;
}

/** A scan as a person reads it, with what its shards have committed so far. */
export interface ScanView extends StatisticsView, StoredProbing {
  readonly uid: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly site: string;
  readonly status: ScanStatus;
  readonly partial: boolean;
  /** What some shard could not see, and why. */
  readonly partialReason: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly targets: readonly string[];
  readonly excluded: readonly string[];
  readonly resolved: readonly ResolvedName[];
  readonly ports: string;
  readonly scanType: StoredScanType;
  readonly engine: EngineName;
  readonly engineNote: string | null;
  readonly packetsPerSecond: number | null;
  readonly packetsPerSecondPerHost: number | null;
  readonly unlimited: boolean;
  readonly liveHosts: boolean;
  readonly outsideScope: boolean;
  /** The name of the profile it was started by, as it was then. */
  readonly profileName: string | null;
  /** The id of that profile; null for a built-in one, and for one that was removed. */
  readonly profileUid: string | null;
  readonly builtinProfile: string | null;
  readonly profileOverrides: readonly SettingName[];
  /** The schedule that started it, as it was called then. */
  readonly scheduleName: string | null;
  /** Null when that was removed since. */
  readonly scheduleUid: string | null;
  /** Of a discovery; null for every other scan. */
  readonly discoveryMethods: readonly DiscoveryMethod[] | null;
  readonly resolver: string | null;
  /** Of a discovery that wants systems told; null for every other scan. */
  readonly osScan: OsScanState | null;
  readonly osScanUid: string | null;
  /** The discovery whose hosts it asks for their systems. */
  readonly foundByUid: string | null;
  /** The stored network that its targets named; null for none, several, or one that was removed. */
  readonly network: string | null;
  /** By name. */
  readonly tags: readonly { readonly name: string; readonly color: string | null }[];
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  /** How long nobody worked for it between start and end; null where that is not known any more. */
  readonly idleSeconds: number | null;
  readonly deletedAt: Date | null;
  /** Null while it is not deleted. */
  readonly deletedBy: string | null;
  readonly positions: number;
  readonly completed: number;
  /** Settled without having been asked. */
  readonly skipped: number;
  readonly probesSent: number;
  readonly probesAnswered: number;
  readonly hostsUp: number;
  readonly listedPorts: number;
  /** Why some of what it stored is there no more. */
  readonly removed: readonly RemovalCause[];
}

const SCAN_VIEW = sql`
  SELECT job.uid, job.name, job.description, site.name AS site, job.status, job.partial,
    job.error_code AS "errorCode", job.error_message AS "errorMessage", job.targets, job.excluded, job.resolved, job.ports,
    job.scan_type AS "scanType", job.engine, job.engine_note AS "engineNote", job.packets_per_second AS "packetsPerSecond",
    job.packets_per_second_per_host AS "packetsPerSecondPerHost", job.unlimited,
    job.live_hosts AS "liveHosts", job.outside_scope AS "outsideScope", network.name AS network,
    job.profile_name AS "profileName", profile.uid AS "profileUid", job.builtin_profile AS "builtinProfile",
    job.profile_overrides AS "profileOverrides", job.retries, job.timeout_ms AS "timeoutMs", job.concurrency, job.timing,
    job.version_intensity AS "versionIntensity", job.scripts, job.os_detection AS "osDetection", job.enrich,
    job.discovery_methods AS "discoveryMethods", host(job.resolver) AS resolver, job.os_scan AS "osScan", finder.uid AS "foundByUid",
    (SELECT reporter.uid FROM scan_jobs reporter WHERE reporter.found_by_job_id = job.id) AS "osScanUid",
    job.schedule_name AS "scheduleName", (SELECT schedule.uid FROM schedule_runs run
      JOIN schedules schedule ON schedule.id = run.schedule_id WHERE run.id = job.schedule_run_id) AS "scheduleUid",
    (SELECT coalesce(jsonb_agg(jsonb_build_object('name', tag.name, 'color', tag.color) ORDER BY tag.key COLLATE "C"), '[]'::jsonb)
      FROM scan_tags own JOIN tags tag ON tag.id = own.tag_id WHERE own.job_id = job.id) AS tags,
    job.created_at AS "createdAt", job.started_at AS "startedAt", job.completed_at AS "completedAt",
    ${IDLE_SECONDS} AS "idleSeconds", job.deleted_at AS "deletedAt", job.deleted_by AS "deletedBy", job.positions,
    shards.completed, shards.skipped, shards."probesSent", shards."probesAnswered", shards."hostsUp", shards."listedPorts", shards."partialReason",
    summed.covered_ports AS "coveredPorts", summed.batches, summed.duration_ms AS "durationMs",
    summed.observed_from AS "observedFrom", summed.observed_to AS "observedTo", base.uid AS "baseUid",
    CASE WHEN summed.hosts_new IS NOT NULL THEN jsonb_build_object('hostsNew', summed.hosts_new,
      'hostsNotSeen', summed.hosts_not_seen, 'hostsChanged', summed.hosts_changed, 'portsOpened', summed.ports_opened, 'portsClosed', summed.ports_closed,
      'portsChanged', summed.ports_changed, 'servicesChanged', summed.services_changed) END AS changes,
    ARRAY(SELECT DISTINCT cause FROM scan_rows_removed removed WHERE removed.job_id = job.id ORDER BY cause) AS removed
  FROM scan_jobs job JOIN sites site ON site.id = job.site_id LEFT JOIN networks network ON network.id = job.network_id
  LEFT JOIN scan_jobs finder ON finder.id = job.found_by_job_id
  LEFT JOIN scan_profiles profile ON profile.id = job.profile_id
  LEFT JOIN scan_statistics summed ON summed.job_id = job.id
  LEFT JOIN scan_jobs base ON base.id = summed.base_job_id CROSS JOIN LATERAL (
    SELECT coalesce(sum(checkpoint - first_position), 0)::bigint AS completed,
      coalesce(sum(skipped), 0)::bigint AS skipped,
      coalesce(sum(probes_sent), 0)::bigint AS "probesSent", coalesce(sum(probes_answered), 0)::bigint AS "probesAnswered",
      coalesce(sum(hosts_up), 0)::bigint AS "hostsUp", coalesce(sum(listed_ports), 0)::bigint AS "listedPorts",
      min(partial_reason) AS "partialReason", max(lease_token) AS token
    FROM scan_shards shard WHERE shard.job_id = job.id) AS shards`;

/** A scan, also one that is marked as deleted. */
export async function findScanView(executor: Executor, uid: string): Promise<ScanView | undefined> {
  const { rows } = await sql<ScanView>`${SCAN_VIEW} WHERE job.uid = ${uid}`.execute(executor);
  return rows[0];
}

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** Newest first; the id breaks ties so that pages neither repeat nor miss a scan. */
export async function listScanViews(
  executor: Executor,
  filter: ScanFilter,
  page: Page,
): Promise<readonly ScanView[]> {
  const { rows } = await sql<ScanView>`${SCAN_VIEW} WHERE ${scansMatching(filter)}
    ORDER BY job.created_at DESC, job.id DESC LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countScans(executor: Executor, filter: ScanFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM scan_jobs job WHERE ${scansMatching(filter)}`.execute(executor);
  return rows[0]?.count ?? 0;
}

export interface ScanHostFilter {
  readonly scanUid: string;
  readonly includeUnresponsive: boolean;
}

/** An address a scan asked; without a host id nothing proved it in use. */
export interface ScanHostView {
  readonly address: string;
  readonly hostId: number | null;
  readonly hostUid: string | null;
  readonly hostname: string | null;
  readonly reason: Reason | null;
  /** What the scan took its system for. */
  readonly osFamily: string | null;
  readonly osName: string | null;
}

/** What the scan told of a host. */
function found(fact: FindingFact) {
  return sql`(SELECT finding.value FROM scan_findings finding WHERE finding.job_id = job.id AND finding.host_id = host.id
    AND finding.fact = ${fact})`;
}

function scanAddresses(filter: ScanHostFilter) {
  const seen = sql`
    SELECT host.ip_address AS ip, host.id, host.uid, host.hostname, seen.reason, ${found('os_family')} AS os_family, ${found('os_name')} AS os_name
    FROM scan_hosts seen JOIN scan_jobs job ON job.id = seen.job_id JOIN hosts host ON host.id = seen.host_id
    WHERE job.uid = ${filter.scanUid}`;
  if (!filter.includeUnresponsive) return seen;
  return sql`${seen} UNION ALL
    SELECT DISTINCT covered.address, NULL::bigint, NULL::uuid, NULL, NULL, NULL, NULL
    FROM scan_coverage covered JOIN scan_jobs job ON job.id = covered.job_id
    WHERE job.uid = ${filter.scanUid} AND NOT EXISTS (
      SELECT FROM scan_hosts seen JOIN hosts host ON host.id = seen.host_id
      WHERE seen.job_id = job.id AND host.ip_address = covered.address)`;
}

export async function listScanHosts(
  executor: Executor,
  filter: ScanHostFilter,
  page: Page,
): Promise<readonly ScanHostView[]> {
  const { rows } = await sql<ScanHostView>`
    SELECT host(ip) AS address, id AS "hostId", uid AS "hostUid", hostname, reason, os_family AS "osFamily", os_name AS "osName" FROM (${scanAddresses(filter)}) AS found
    ORDER BY ip LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countScanHosts(executor: Executor, filter: ScanHostFilter): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`SELECT count(*) AS count FROM (${scanAddresses(filter)}) AS found`.execute(executor);
  return rows[0]?.count ?? 0;
}

export interface ListedPortView {
  readonly hostId: number;
  readonly protocol: Protocol;
  readonly port: number;
  readonly state: PortState;
  readonly reason: Reason;
  /** What this scan found to listen there, as `parseService` reads it; null when it did not ask. */
  readonly service: string | null;
}

export async function listedPortsOf(
  executor: Executor,
  scanUid: string,
  hostIds: readonly number[],
): Promise<readonly ListedPortView[]> {
  const { rows } = await sql<ListedPortView>`
    SELECT raw.host_id AS "hostId", raw.protocol, raw.port, raw.state, raw.reason, found.value AS service
    FROM port_scans raw JOIN scan_jobs job ON job.id = raw.job_id
    LEFT JOIN scan_findings found ON found.job_id = raw.job_id AND found.host_id = raw.host_id AND found.fact = 'service'
      AND found.protocol = raw.protocol AND found.port = raw.port
    WHERE job.uid = ${scanUid} AND raw.host_id = ANY(${hostIds}::bigint[])
    ORDER BY raw.host_id, raw.protocol, raw.port`.execute(executor);
  return rows;
}

export interface CoverageView {
  readonly address: string;
  readonly protocol: Protocol;
  readonly state: PortState;
  readonly reason: Reason;
  readonly count: number;
  /** Inclusive ranges as people write them: `1-21,23-79`. */
  readonly ports: string;
}

export async function coverageOf(
  executor: Executor,
  scanUid: string,
  addresses: readonly string[],
): Promise<readonly CoverageView[]> {
  const { rows } = await sql<CoverageView>`
    SELECT host(covered.address) AS address, covered.protocol, covered.state, covered.reason, parts.count, parts.ports
    FROM scan_coverage covered JOIN scan_jobs job ON job.id = covered.job_id CROSS JOIN LATERAL (
      SELECT sum(upper(part) - lower(part))::bigint AS count,
        string_agg(lower(part) || CASE WHEN upper(part) - lower(part) > 1 THEN '-' || (upper(part) - 1) ELSE '' END, ',' ORDER BY part) AS ports
      FROM unnest(covered.ports) AS part) AS parts
    WHERE job.uid = ${scanUid} AND covered.protocol <> 'host' AND covered.address = ANY(${addresses}::inet[])
    ORDER BY covered.address, covered.protocol, parts.count DESC`.execute(executor);
  return rows;
}
