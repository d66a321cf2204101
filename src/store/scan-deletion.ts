import { sql } from 'kysely';
import { ScanoramaError } from '#domain/error.js';
import type { ScanStatus } from '#domain/scan-status.js';
import type { Executor } from '#store/database.js';

/** The longest the removal of one scan with all its rows may take. */
export const PURGE_TIMEOUT_MS = 300_000;

/** A scan, deleted or not, as far as deleting it needs to know. */
export interface DeletableScan {
  readonly id: number;
  readonly uid: string;
  readonly status: ScanStatus;
  readonly isDeleted: boolean;
}

/** The scan with this uid, locked against everybody who would change it; `not_found`. */
export async function lockScanToDelete(executor: Executor, uid: string): Promise<DeletableScan> {
  const { rows } = await sql<DeletableScan>`
    SELECT id, uid, status, deleted_at IS NOT NULL AS "isDeleted" FROM scan_jobs WHERE uid = ${uid} FOR NO KEY UPDATE`.execute(
    executor,
  );
  const row = rows[0];
  if (row === undefined)
    throw new ScanoramaError('not_found', `There is no scan with the id ${uid}.`, { at: uid });
  return row;
}

export async function markScanDeleted(executor: Executor, jobId: number, actor: string): Promise<void> {
  await sql`UPDATE scan_jobs SET deleted_at = clock_timestamp(), deleted_by = ${actor} WHERE id = ${jobId}`.execute(
    executor,
  );
}

export async function unmarkScanDeleted(executor: Executor, jobId: number): Promise<void> {
  await sql`UPDATE scan_jobs SET deleted_at = NULL, deleted_by = NULL WHERE id = ${jobId}`.execute(executor);
}

/**
 * Removes a locked scan with everything that only tells of it. Current state and history keep what it found, without its
 * name. The hosts that it saw last or turned are locked in the order of batches first.
 */
export async function removeScan(executor: Executor, jobId: number): Promise<void> {
  await sql`
    SELECT count(*) FROM (
      SELECT id FROM hosts WHERE status_job_id = ${jobId} OR turned_job_id = ${jobId} ORDER BY ip_address FOR NO KEY UPDATE) AS held`.execute(
    executor,
  );
  await sql`DELETE FROM scan_jobs WHERE id = ${jobId}`.execute(executor);
}
