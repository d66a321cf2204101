import { sql } from 'kysely';
import type { DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import type { EnricherName } from '#domain/enrichment/enricher.js';
import type { ErrorCode } from '#domain/errors/error.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { NmapTiming, ScriptSet } from '#domain/scans/nmap-detection.js';
import type { SettingName } from '#domain/scans/scan-settings.js';
import { canMove, type ScanStatus } from '#domain/scans/scan-status.js';
import type { EngineName, StoredScanType } from '#domain/scans/scan-type.js';
import type { Executor } from '#store/database/database.js';

export interface ResolvedName {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** How a scan probes, in full: null is what its engine does not have, and all of it for an import. */
export interface StoredProbing {
  readonly retries: number | null;
  readonly timeoutMs: number | null;
  readonly concurrency: number | null;
  /** Of nmap alone. */
  readonly timing: NmapTiming | null;
  readonly versionIntensity: number | null;
  readonly scripts: ScriptSet | null;
  readonly osDetection: boolean | null;
  /** Null where the type asks nothing of open ports. */
  readonly enrich: readonly EnricherName[] | null;
}

export const NO_PROBING: StoredProbing = {
  retries: null,
  timeoutMs: null,
  concurrency: null,
  timing: null,
  versionIntensity: null,
  scripts: null,
  osDetection: null,
  enrich: null,
};

/** The profile that a scan was started by. */
export interface UsedProfile {
  /** Of one's own; null for a built-in one. */
  readonly id: number | null;
  readonly uid: string | null;
  /** The name of a built-in one. */
  readonly builtIn: string | null;
  readonly name: string;
  /** What was said otherwise beside it. */
  readonly overrides: readonly SettingName[];
}

/** The run of a schedule that starts a scan. */
export interface ScheduledBy {
  readonly runId: number;
  /** The name of the schedule, which may be removed since. */
  readonly name: string;
}

export interface NewScanJob extends StoredProbing {
  readonly uid: string;
  readonly siteId: number;
  readonly name: string | null;
  readonly description: string | null;
  readonly scanType: StoredScanType;
  readonly engine: EngineName;
  /** Why it is not the engine one would wish for. */
  readonly engineNote: string | null;
  readonly targets: readonly string[];
  readonly excluded: readonly string[];
  readonly resolved: readonly ResolvedName[];
  readonly planVersion: number;
  readonly targetRanges: readonly string[];
  readonly ports: string;
  readonly seed: bigint;
  readonly positions: number;
  readonly packetsPerSecond: number | null;
  readonly packetsPerSecondPerHost: number | null;
  readonly unlimited: boolean;
  readonly liveHosts: boolean;
  /** The one network that the targets name; null for none or several. */
  readonly networkId: number | null;
  readonly outsideScope: boolean;
  readonly profile: UsedProfile | null;
  /** Of a discovery and of no other scan. */
  readonly discovery?: NewDiscovery | undefined;
  readonly scheduled?: ScheduledBy | undefined;
  /** The discovery whose hosts it asks for their systems. */
  readonly foundBy: number | null;
  readonly createdBy: string;
}

export interface NewDiscovery {
  readonly methods: readonly DiscoveryMethod[];
  /** Whom it asks for names, as an address; null when nobody. */
  readonly resolver: string | null;
  /** The systems of the hosts it finds are to be told by a scan that begins when it completes. */
  readonly detectOs: boolean;
}

/** What running a scan needs to know of it; the plan is rebuilt from these alone. */
export interface ScanJob extends StoredProbing {
  readonly id: number;
  readonly uid: string;
  readonly siteId: number;
  readonly status: ScanStatus;
  readonly scanType: StoredScanType;
  readonly engine: EngineName;
  readonly excluded: readonly string[];
  readonly planVersion: number;
  readonly targetRanges: readonly string[];
  readonly ports: string;
  readonly seed: bigint;
  readonly positions: number;
  readonly packetsPerSecond: number | null;
  readonly packetsPerSecondPerHost: number | null;
  readonly unlimited: boolean;
  /** Hosts that show no sign of life are not asked. */
  readonly liveHosts: boolean;
  /** An administrator started it outside the scope of its site. */
  readonly outsideScope: boolean;
  /** How a discovery looks for hosts; null for every other scan. */
  readonly discoveryMethods: readonly DiscoveryMethod[] | null;
  readonly resolver: string | null;
  readonly stopRequested: boolean;
}

export async function insertScanJob(executor: Executor, job: NewScanJob): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO scan_jobs (uid, site_id, name, description, scan_type, engine, engine_note, targets, excluded, resolved,
      plan_version, target_ranges, ports, seed, positions,
      packets_per_second, packets_per_second_per_host, unlimited, live_hosts, network_id, outside_scope,
      profile_id, builtin_profile, profile_name, profile_overrides,
      retries, timeout_ms, concurrency, timing, version_intensity, scripts, os_detection, enrich,
      discovery_methods, resolver, os_scan, found_by_job_id, schedule_run_id, schedule_name, created_by)
    VALUES (${job.uid}, ${job.siteId}, ${job.name}, ${job.description}, ${job.scanType}, ${job.engine},
      ${job.engineNote}, ${job.targets}::text[], ${job.excluded}::text[], ${JSON.stringify(job.resolved)}::jsonb,
      ${job.planVersion}, ${job.targetRanges}::text[], ${job.ports}, ${job.seed}, ${job.positions},
      ${job.packetsPerSecond}, ${job.packetsPerSecondPerHost}, ${job.unlimited}, ${job.liveHosts},
      ${job.networkId}, ${job.outsideScope},
      ${job.profile?.id ?? null}, ${job.profile?.builtIn ?? null}, ${job.profile?.name ?? null},
      ${job.profile?.overrides ?? []}::text[],
      ${job.retries}, ${job.timeoutMs}, ${job.concurrency}, ${job.timing}, ${job.versionIntensity}, ${job.scripts},
      ${job.osDetection}, ${job.enrich}::text[], ${job.discovery?.methods ?? null}::text[], ${job.discovery?.resolver ?? null}::inet,
      ${job.discovery?.detectOs === true ? 'requested' : null}, ${job.foundBy}, ${job.scheduled?.runId ?? null},
      ${job.scheduled?.name ?? null}, ${job.createdBy})
    RETURNING id`.execute(executor);
  return single(rows).id;
}

const SCAN_JOB_COLUMNS = sql`
  id, uid, site_id AS "siteId", status, scan_type AS "scanType", engine, excluded, plan_version AS "planVersion",
  target_ranges AS "targetRanges", ports, seed::text AS seed, positions,
  packets_per_second AS "packetsPerSecond", packets_per_second_per_host AS "packetsPerSecondPerHost", unlimited,
  live_hosts AS "liveHosts", outside_scope AS "outsideScope", retries, timeout_ms AS "timeoutMs", concurrency, timing,
  version_intensity AS "versionIntensity", scripts, os_detection AS "osDetection", enrich, discovery_methods AS "discoveryMethods",
  host(resolver) AS resolver, stop_requested_at IS NOT NULL AS "stopRequested"`;

type ScanJobRow = Omit<ScanJob, 'seed'> & { readonly seed: string };

/** The scan with this uid; `not_found` when there is none, or when it was deleted. */
export async function findScanJob(executor: Executor, uid: string): Promise<ScanJob> {
  const { rows } = await sql<ScanJobRow>`
    SELECT ${SCAN_JOB_COLUMNS} FROM scan_jobs WHERE uid = ${uid} AND deleted_at IS NULL`.execute(executor);
  return present(rows[0], uid);
}

export async function findScanJobById(executor: Executor, id: number): Promise<ScanJob> {
  const { rows } = await sql<ScanJobRow>`SELECT ${SCAN_JOB_COLUMNS} FROM scan_jobs WHERE id = ${id}`.execute(
    executor,
  );
  return present(rows[0], String(id));
}

/** The same, holding the row against every other writer until the transaction ends. First in the lock order. */
export async function lockScanJob(executor: Executor, uid: string): Promise<ScanJob> {
  const { rows } = await sql<ScanJobRow>`
    SELECT ${SCAN_JOB_COLUMNS} FROM scan_jobs WHERE uid = ${uid} AND deleted_at IS NULL FOR NO KEY UPDATE`.execute(
    executor,
  );
  return present(rows[0], uid);
}

function present(row: ScanJobRow | undefined, name: string): ScanJob {
  if (row === undefined) {
    throw new ScanoramaError('not_found', `There is no scan with the id ${name}.`, {
      hint: 'If it was deleted, `scanorama scans undelete` brings it back.',
      at: name,
    });
  }
  return { ...row, seed: BigInt(row.seed) };
}

/** Every scan that is not settled, oldest first. */
export async function unfinishedScans(executor: Executor): Promise<readonly ScanJob[]> {
  const { rows } = await sql<ScanJobRow>`
    SELECT ${SCAN_JOB_COLUMNS} FROM scan_jobs
    WHERE status IN ('pending', 'running') AND deleted_at IS NULL ORDER BY id`.execute(executor);
  return rows.map((row) => present(row, row.uid));
}

export interface StatusMove {
  readonly to: ScanStatus;
  readonly partial?: boolean;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/**
 * Moves a locked scan along its table of transitions; `invalid_transition` when the table has no such
 * move. Times come from PostgreSQL and never go back behind the ones already written. Gives the seconds from its
 * start to its end, null while there is not both.
 */
export async function moveScanJob(
  executor: Executor,
  job: ScanJob,
  move: StatusMove,
): Promise<number | null> {
  if (!canMove(job.status, move.to)) {
    throw new ScanoramaError(
      'invalid_transition',
      `The scan is ${job.status} and cannot become ${move.to}.`,
      {
        at: job.uid,
      },
    );
  }
  const completed = move.to !== 'pending' && move.to !== 'running';
  const { rows } = await sql<{ seconds: number | null }>`
    UPDATE scan_jobs SET
      status = ${move.to},
      partial = ${move.partial ?? false},
      error_code = ${move.error?.code ?? null},
      error_message = ${move.error?.message ?? null},
      started_at = CASE WHEN ${move.to} = 'running' THEN coalesce(started_at, greatest(clock_timestamp(), created_at)) ELSE started_at END,
      completed_at = CASE WHEN ${completed} THEN greatest(clock_timestamp(), started_at, created_at) END,
      stop_requested_at = CASE WHEN ${completed} THEN stop_requested_at END
    WHERE id = ${job.id}
    RETURNING extract(epoch FROM completed_at - started_at)::float8 AS seconds`.execute(executor);
  return rows[0]?.seconds ?? null;
}

/** Asks whoever runs the scan to stop; true when it was not asked before. */
export async function requestStop(executor: Executor, jobId: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE scan_jobs SET stop_requested_at = clock_timestamp()
    WHERE id = ${jobId} AND stop_requested_at IS NULL`.execute(executor);
  return numAffectedRows === 1n;
}

/** Takes a request to stop back. */
export async function withdrawStop(executor: Executor, jobId: number): Promise<void> {
  await sql`UPDATE scan_jobs SET stop_requested_at = NULL WHERE id = ${jobId}`.execute(executor);
}

/** True while the scan has neither been settled nor been asked to stop. */
export async function mayContinue(executor: Executor, jobId: number): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`
    SELECT status = 'running' AND stop_requested_at IS NULL AS may FROM scan_jobs WHERE id = ${jobId}`.execute(
    executor,
  );
  return rows[0]?.may ?? false;
}

function single<Row>(rows: readonly Row[]): Row {
  const row = rows[0];
  if (row === undefined) throw new Error('a statement that always returns a row returned none');
  return row;
}
