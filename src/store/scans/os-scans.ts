import { sql } from 'kysely';
import type { OsScanState } from '#domain/discovery/os-scan.js';
import type { Executor } from '#store/database/database.js';
import { isServedBy } from '#store/workers/workers.js';

/**
 * Discoveries that are over, and whose hosts are still to be scanned for their systems, of sites that are served from a place
 * (null: of every site without workers of its own); of `only` these where given.
 */
export async function awaitedOsScans(
  executor: Executor,
  { siteId, only, limit }: AwaitedFrom,
): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    SELECT uid FROM scan_jobs job WHERE os_scan = 'requested' AND status = 'completed' AND deleted_at IS NULL
      AND ${isServedBy(sql`${siteId}::bigint`)}
      AND (${only ?? null}::uuid[] IS NULL OR uid = ANY(${only ?? null}::uuid[]))
    ORDER BY id LIMIT ${limit}`.execute(executor);
  return rows.map(({ uid }) => uid);
}

interface AwaitedFrom {
  readonly siteId: number | null;
  readonly only?: readonly string[] | undefined;
  readonly limit: number;
}

/** A discovery as the scan that comes of it needs it. */
export interface Finder {
  readonly id: number;
  readonly uid: string;
  readonly name: string | null;
  readonly site: string;
  readonly excluded: readonly string[];
  readonly outsideScope: boolean;
  readonly packetsPerSecond: number | null;
  readonly packetsPerSecondPerHost: number | null;
  readonly unlimited: boolean;
  readonly createdBy: string;
}

/** The discovery with this uid, as long as its wish waits to be acted on. */
export async function findFinder(executor: Executor, uid: string): Promise<Finder | undefined> {
  const { rows } = await sql<Finder>`
    SELECT job.id, job.uid, job.name, site.name AS site, job.excluded, job.outside_scope AS "outsideScope",
      job.packets_per_second AS "packetsPerSecond", job.packets_per_second_per_host AS "packetsPerSecondPerHost",
      job.unlimited, job.created_by AS "createdBy"
    FROM scan_jobs job JOIN sites site ON site.id = job.site_id
    WHERE job.uid = ${uid} AND job.os_scan = 'requested' AND job.status = 'completed' AND job.deleted_at IS NULL`.execute(
    executor,
  );
  return rows[0];
}

/** The addresses of the hosts that a discovery found, without those that are ignored or were deleted since. */
export async function addressesFoundBy(executor: Executor, jobId: number): Promise<readonly string[]> {
  const { rows } = await sql<{ address: string }>`
    SELECT host(host.ip_address) AS address FROM scan_hosts seen JOIN hosts host ON host.id = seen.host_id
    WHERE seen.job_id = ${jobId} AND host.deleted_at IS NULL AND NOT host.ignored ORDER BY host.ip_address`.execute(
    executor,
  );
  return rows.map(({ address }) => address);
}

/** Writes down what became of the wish, once: false when somebody else did, or the discovery was deleted. */
export async function endOsScan(
  executor: Executor,
  jobId: number,
  { to, note }: { readonly to: OsScanState; readonly note?: string },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE scan_jobs SET os_scan = ${to}, engine_note = coalesce(${note ?? null}, engine_note)
    WHERE id = ${jobId} AND os_scan = 'requested' AND deleted_at IS NULL`.execute(executor);
  return numAffectedRows === 1n;
}

/** Of discoveries that are over, of `among` these where given, takes the wish back with this note. */
export async function refuseAwaitedOsScans(
  executor: Executor,
  note: string,
  among?: readonly number[],
): Promise<void> {
  await sql`UPDATE scan_jobs SET os_scan = 'refused', engine_note = ${note}
    WHERE os_scan = 'requested' AND status = 'completed'
      AND (${among ?? null}::bigint[] IS NULL OR id = ANY(${among ?? null}::bigint[]))`.execute(executor);
}
