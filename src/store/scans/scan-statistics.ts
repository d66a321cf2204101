import { type RawBuilder, sql } from 'kysely';
import type { ScanChangeCounts } from '#domain/diff/scan-change.js';
import type { Executor } from '#store/database/database.js';
import type { ComparedScan } from '#store/diff/scan-diff.js';

/** Site, targets, ports and the way of asking of the row `job`: scans with the same one asked the same questions. */
export const FINGERPRINT = sql`sha256(convert_to(CASE WHEN job.engine = 'discovery'
  THEN jsonb_build_array(job.site_id, 'discovery', array_remove(job.discovery_methods, 'dns'), job.target_ranges)
  ELSE jsonb_build_array(job.site_id, job.engine = 'ack', job.live_hosts, job.ports, job.target_ranges) END::text, 'UTF8'))`;

/** The first and the last address of the targets of the row `job`. */
export const FIRST_ADDRESS = sql`(SELECT min(CASE WHEN term LIKE '%-%' THEN split_part(term, '-', 1)::inet
  ELSE host(term::inet)::inet END) FROM unnest(job.target_ranges) AS term)`;
export const LAST_ADDRESS = sql`(SELECT max(CASE WHEN term LIKE '%-%' THEN split_part(term, '-', 2)::inet
  ELSE host(broadcast(term::inet))::inet END) FROM unnest(job.target_ranges) AS term)`;

export const DURATION_MS = sql`(extract(epoch FROM job.completed_at - job.started_at) * 1000)::bigint`;

/** Stores what a completed scan amounts to, added up from its ledger. */
export async function insertStatistics(executor: Executor, jobId: number): Promise<void> {
  await sql`
    INSERT INTO scan_statistics (job_id, fingerprint, first_address, last_address, hosts_up, open_ports, covered_ports, skipped, positions, batches,
      probes_sent, probes_answered, duration_ms, observed_from, observed_to)
    SELECT job.id, ${FINGERPRINT}, ${FIRST_ADDRESS}, ${LAST_ADDRESS},
      sum(batch.hosts_up), sum(batch.listed_ports), sum(batch.covered_ports), sum(batch.skipped),
      sum(batch.end_position - batch.first_position), count(*), sum(batch.probes_sent), sum(batch.probes_answered),
      ${DURATION_MS}, min(batch.observed_from), max(batch.observed_to)
    FROM scan_jobs job JOIN scan_batches batch ON batch.job_id = job.id WHERE job.id = ${jobId} GROUP BY job.id`.execute(
    executor,
  );
}

/** Some of what the scan `job` was told is stored no more, so what it lacks says nothing. */
export const IS_REDUCED = sql`EXISTS (SELECT FROM scan_rows_removed removed WHERE removed.job_id = job.id)`;

/** Rows that a summed-up scan is read from when it is compared. Counted no further than what is too many. */
export function answerRows(jobId: number | RawBuilder<unknown>, tooMany: number): RawBuilder<unknown> {
  return sql`((SELECT open_ports FROM scan_statistics WHERE job_id = ${jobId})
    + (SELECT count(*) FROM (SELECT FROM scan_coverage WHERE job_id = ${jobId} LIMIT ${tooMany} + 1) AS counted))`;
}

/** Whether comparing these scans reads more rows than that. */
export async function areTooLarge(
  executor: Executor,
  jobIds: readonly number[],
  maxRows: number,
): Promise<boolean> {
  const counts = jobIds.map((jobId) => answerRows(jobId, maxRows));
  const { rows } = await sql<{ isTooLarge: boolean }>`
    SELECT ${sql.join(counts, sql` + `)} > ${maxRows} AS "isTooLarge"`.execute(executor);
  return rows[0]?.isTooLarge ?? true;
}

/** Notes what a scan was compared with and, where that was counted, what had changed. */
export async function storeComparison(
  executor: Executor,
  jobId: number,
  comparison: { readonly baseId: number; readonly counts: ScanChangeCounts | undefined },
): Promise<void> {
  const { baseId, counts } = comparison;
  await sql`
    UPDATE scan_statistics SET base_job_id = ${baseId}, hosts_new = ${counts?.hostsNew ?? null},
      hosts_not_seen = ${counts?.hostsNotSeen ?? null}, hosts_changed = ${counts?.hostsChanged ?? null}, ports_opened = ${counts?.portsOpened ?? null},
      ports_closed = ${counts?.portsClosed ?? null}, ports_changed = ${counts?.portsChanged ?? null},
      services_changed = ${counts?.servicesChanged ?? null}
    WHERE job_id = ${jobId}`.execute(executor);
}

export interface NamedScan extends ComparedScan {
  readonly uid: string;
  readonly site: string;
  readonly completedAt: Date | null;
}

const NAMED_SCAN = sql`
  SELECT job.id, job.uid, job.site_id AS "siteId", site.name AS site, job.completed_at AS "completedAt",
    job.status = 'completed' AND NOT job.partial AS complete, job.live_hosts AS "liveHosts", job.engine = 'ack' AS "isAck",
    job.engine = 'discovery' AS "isDiscovery", job.started_at AS "startedAt"
  FROM scan_jobs job JOIN sites site ON site.id = job.site_id`;

/** A scan, also one that is marked as deleted: who names it means it. */
export async function findNamedScan(executor: Executor, uid: string): Promise<NamedScan | undefined> {
  const { rows } = await sql<NamedScan>`${NAMED_SCAN} WHERE job.uid = ${uid}`.execute(executor);
  return rows[0];
}

/** What the scan was compared with when it was completed, unless that was deleted since. */
export async function findBaseOf(executor: Executor, jobId: number): Promise<NamedScan | undefined> {
  const { rows } = await sql<NamedScan>`${NAMED_SCAN}
    WHERE job.id = (SELECT base_job_id FROM scan_statistics WHERE job_id = ${jobId}) AND job.deleted_at IS NULL`.execute(
    executor,
  );
  return rows[0];
}

/** Two scans by their ids, for comparing. */
export async function findPair(executor: Executor, baseId: number, scanId: number) {
  const { rows } = await sql<NamedScan>`${NAMED_SCAN} WHERE job.id IN (${baseId}, ${scanId})`.execute(
    executor,
  );
  const [base, scan] = [baseId, scanId].map((id) => rows.find((row) => row.id === id));
  return base === undefined || scan === undefined ? undefined : { base, scan };
}

/** Those of these scans of which some rows are stored no more. Ask it after they were read: a month may go in between. */
export async function reducedAmong(
  executor: Executor,
  jobIds: readonly number[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    SELECT job.uid FROM scan_jobs job WHERE job.id = ANY(${jobIds}::bigint[]) AND ${IS_REDUCED} ORDER BY job.id`.execute(
    executor,
  );
  return rows.map(({ uid }) => uid);
}
