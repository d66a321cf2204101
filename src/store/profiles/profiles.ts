import { sql } from 'kysely';
import type { EnricherName } from '#domain/enrichment/enricher.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import type { NmapTiming, ScriptSet } from '#domain/scans/nmap-detection.js';
import type { ScanSettings } from '#domain/scans/scan-settings.js';
import type { ScanType } from '#domain/scans/scan-type.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { IDLE_SECONDS } from '#store/scans/idle-time.js';
import type { Page } from '#store/scans/scan-views.js';

/** A profile of one's own, as it is stored. */
export interface StoredProfile {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly description: string | null;
  readonly settings: ScanSettings;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface ProfileRow extends Omit<StoredProfile, 'settings'> {
  readonly scanType: ScanType | null;
  readonly ports: string | null;
  readonly liveHosts: boolean | null;
  readonly packetsPerSecond: number | null;
  readonly perHostRate: number | null;
  readonly unlimited: boolean;
  readonly retries: number | null;
  readonly timeoutMs: number | null;
  readonly concurrency: number | null;
  readonly timing: NmapTiming | null;
  readonly versionIntensity: number | null;
  readonly scripts: ScriptSet | null;
  readonly osDetection: boolean | null;
  readonly enrich: readonly EnricherName[] | null;
}

const PROFILE = sql`
  SELECT id, uid, name, description, scan_type AS "scanType", ports, live_hosts AS "liveHosts",
    packets_per_second AS "packetsPerSecond", packets_per_second_per_host AS "perHostRate", unlimited, retries,
    timeout_ms AS "timeoutMs", concurrency, timing, version_intensity AS "versionIntensity", scripts,
    os_detection AS "osDetection", enrich, created_by AS "createdBy", created_at AS "createdAt", updated_at AS "updatedAt"
  FROM scan_profiles`;

function toProfile(row: ProfileRow): StoredProfile {
  const { id, uid, name, description, createdBy, createdAt, updatedAt } = row;
  const settings: ScanSettings = {
    scanType: row.scanType ?? undefined,
    ports: row.ports ?? undefined,
    liveHosts: row.liveHosts ?? undefined,
    rate: row.unlimited ? 'max' : (row.packetsPerSecond ?? undefined),
    perHostRate: row.perHostRate ?? undefined,
    retries: row.retries ?? undefined,
    timeoutMs: row.timeoutMs ?? undefined,
    concurrency: row.concurrency ?? undefined,
    timing: row.timing ?? undefined,
    versionIntensity: row.versionIntensity ?? undefined,
    scripts: row.scripts ?? undefined,
    osDetection: row.osDetection ?? undefined,
    enrich: row.enrich ?? undefined,
  };
  return { id, uid, name, description, settings, createdBy, createdAt, updatedAt };
}

export interface ProfileFilter {
  readonly scanType?: ScanType | undefined;
}

/** A profile that leaves its type to the program is one of type auto. */
function profilesMatching({ scanType }: ProfileFilter) {
  return sql`(${scanType ?? null}::text IS NULL OR coalesce(scan_type, 'auto') = ${scanType ?? null})`;
}

/** By name, whatever its case. */
export async function listProfiles(
  executor: Executor,
  filter: ProfileFilter,
  page: Page,
): Promise<readonly StoredProfile[]> {
  const { rows } = await sql<ProfileRow>`
    ${PROFILE} WHERE ${profilesMatching(filter)}
    ORDER BY lower(name) LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows.map(toProfile);
}

export async function countProfiles(executor: Executor, filter: ProfileFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM scan_profiles WHERE ${profilesMatching(filter)}`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** The profile with this id or name, whatever its case; `not_found`. */
export async function findStoredProfile(executor: Executor, term: string): Promise<StoredProfile> {
  const { rows } = await sql<ProfileRow>`${PROFILE} WHERE ${isCalled(term)}`.execute(executor);
  return present(rows[0], term);
}

/** The same, held against everybody who would change or remove it or refer to it; `not_found`. */
export async function lockProfile(executor: Executor, term: string): Promise<StoredProfile> {
  const { rows } = await sql<ProfileRow>`${PROFILE} WHERE ${isCalled(term)} FOR UPDATE`.execute(executor);
  return present(rows[0], term);
}

function isCalled(term: string) {
  return isUid(term) ? sql`uid = ${term}` : sql`lower(name) = lower(${term})`;
}

function present(row: ProfileRow | undefined, term: string): StoredProfile {
  if (row !== undefined) return toProfile(row);
  throw new ScanoramaError('not_found', `There is no profile called ${quote(term)}.`, {
    at: term,
    hint: '`scanorama profiles list` shows the profiles.',
  });
}

export interface ProfileContent {
  readonly name: string;
  readonly description: string | null;
  readonly settings: ScanSettings;
}

function valuesOf({ name, description, settings }: ProfileContent) {
  const { rate } = settings;
  return sql.join([
    name,
    description,
    settings.scanType ?? null,
    settings.ports ?? null,
    settings.liveHosts ?? null,
    typeof rate === 'number' ? rate : null,
    settings.perHostRate ?? null,
    rate === 'max',
    settings.retries ?? null,
    settings.timeoutMs ?? null,
    settings.concurrency ?? null,
    settings.timing ?? null,
    settings.versionIntensity ?? null,
    settings.scripts ?? null,
    settings.osDetection ?? null,
    sql`${settings.enrich ?? null}::text[]`,
  ]);
}

const CONTENT_COLUMNS = sql`
  name, description, scan_type, ports, live_hosts, packets_per_second, packets_per_second_per_host, unlimited, retries,
  timeout_ms, concurrency, timing, version_intensity, scripts, os_detection, enrich`;

/** False when the name is taken. */
export async function insertProfile(
  executor: Executor,
  profile: ProfileContent & { readonly uid: string; readonly createdBy: string },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO scan_profiles (uid, created_by, ${CONTENT_COLUMNS})
    VALUES (${profile.uid}, ${profile.createdBy}, ${valuesOf(profile)})
    ON CONFLICT DO NOTHING`.execute(executor);
  return numAffectedRows === 1n;
}

/** Throws the violation of `scan_profiles_name_once` when the name is taken. */
export async function updateProfile(executor: Executor, id: number, content: ProfileContent): Promise<void> {
  await sql`
    UPDATE scan_profiles SET (${CONTENT_COLUMNS}) = ROW(${valuesOf(content)}),
      updated_at = greatest(clock_timestamp(), created_at)
    WHERE id = ${id}`.execute(executor);
}

export async function deleteProfile(executor: Executor, id: number): Promise<void> {
  await sql`DELETE FROM scan_profiles WHERE id = ${id}`.execute(executor);
}

/** Whether the profile is still there, held so until the transaction ends. */
export async function lockProfileRow(executor: Executor, id: number): Promise<boolean> {
  const { rows } = await sql`SELECT id FROM scan_profiles WHERE id = ${id} FOR KEY SHARE`.execute(executor);
  return rows.length === 1;
}

/** Scans that were started by one profile. */
export type ProfileScans = { readonly id: number } | { readonly builtIn: string };

export interface ProfileStats {
  readonly scans: number;
  readonly completed: number;
  readonly failed: number;
  readonly lastUsedAt: Date | null;
  /** Of the completed ones. */
  readonly hostsFoundMean: number | null;
  readonly durationMedianMs: number | null;
}

/** Counted from the scans that are there now, those left out that are marked as deleted. */
export async function profileStats(executor: Executor, of: ProfileScans): Promise<ProfileStats> {
  const isOf = 'id' in of ? sql`job.profile_id = ${of.id}` : sql`job.builtin_profile = ${of.builtIn}`;
  const { rows } = await sql<ProfileStats>`
    SELECT count(*) AS scans, count(*) FILTER (WHERE job.status = 'completed') AS completed,
      count(*) FILTER (WHERE job.status = 'failed') AS failed, max(job.created_at) AS "lastUsedAt",
      avg(summed.hosts_up)::float8 AS "hostsFoundMean",
      percentile_cont(0.5) WITHIN GROUP (ORDER BY summed.duration_ms - 1000 * ${IDLE_SECONDS})::float8 AS "durationMedianMs"
    FROM scan_jobs job LEFT JOIN scan_statistics summed ON summed.job_id = job.id
      CROSS JOIN LATERAL (SELECT max(lease_token) AS token FROM scan_shards shard WHERE shard.job_id = job.id) AS shards
    WHERE ${isOf} AND job.deleted_at IS NULL`.execute(executor);
  const [stats] = rows;
  if (stats === undefined) throw new Error('an aggregate without groups gave no row');
  return stats;
}
