import { sql } from 'kysely';
import type { ImportFormat } from '#domain/scans/import-format.js';
import type { ScanStatus } from '#domain/scans/scan-status.js';
import type { Executor } from '#store/database/database.js';

export interface NewImport {
  readonly jobId: number;
  readonly siteId: number;
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly format: ImportFormat;
  readonly fileName: string | null;
  /** What was taken and what was not, as JSON. */
  readonly account: Readonly<Record<string, unknown>>;
}

/** False when the same bytes were imported into the site before; waits for whoever is just doing so. */
export async function insertImport(executor: Executor, row: NewImport): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO scan_imports (job_id, site_id, sha256, size_bytes, format, file_name, account)
    VALUES (${row.jobId}, ${row.siteId}, ${row.sha256}, ${row.sizeBytes}, ${row.format}, ${row.fileName},
      ${JSON.stringify(row.account)}::jsonb)
    ON CONFLICT (site_id, sha256) DO NOTHING`.execute(executor);
  return numAffectedRows === 1n;
}

export interface KnownImport {
  readonly scanUid: string;
  readonly status: ScanStatus;
  readonly partial: boolean;
  readonly isDeleted: boolean;
  readonly account: unknown;
}

export async function findImport(
  executor: Executor,
  siteId: number,
  sha256: Buffer,
): Promise<KnownImport | undefined> {
  const { rows } = await sql<KnownImport>`
    SELECT job.uid AS "scanUid", job.status, job.partial, job.deleted_at IS NOT NULL AS "isDeleted", import.account
    FROM scan_imports import JOIN scan_jobs job ON job.id = import.job_id
    WHERE import.site_id = ${siteId} AND import.sha256 = ${sha256}`.execute(executor);
  return rows[0];
}

/** The only shard of an import. */
export async function shardOfImport(executor: Executor, jobId: number): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM scan_shards WHERE job_id = ${jobId}`.execute(
    executor,
  );
  return rows[0]?.id;
}

/** Imports whose program was killed in the middle: not settled, and nobody holds them. */
export async function abandonedImports(executor: Executor): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    SELECT job.uid FROM scan_jobs job
    WHERE job.engine = 'import' AND job.status IN ('pending', 'running') AND job.deleted_at IS NULL
      AND NOT EXISTS (SELECT FROM scan_shards shard WHERE shard.job_id = job.id
        AND shard.lease_expires_at > clock_timestamp())
    ORDER BY job.id`.execute(executor);
  return rows.map(({ uid }) => uid);
}
