import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { ScanStatus } from '#domain/scans/scan-status.js';
import type { Executor } from '#store/database/database.js';

/** The longest the removal of one scan with all its rows may take. */
export const PURGE_TIMEOUT_MS = 300_000;

/** A scan, deleted or not, as far as deleting it needs to know. */
export interface DeletableScan {
  readonly id: number;
  readonly uid: string;
  readonly status: ScanStatus;
  readonly isDeleted: boolean;
}

const DELETABLE = sql`id, uid, status, deleted_at IS NOT NULL AS "isDeleted"`;

/** The scan with this uid, locked against everybody who would change it; `not_found`. */
export async function lockScanToDelete(executor: Executor, uid: string): Promise<DeletableScan> {
  const [scan] = await lockScansToDelete(executor, [uid]);
  if (scan === undefined) throw noSuchScan(uid);
  return scan;
}

/** Those of these scans that there are, locked likewise, in the order of their ids. */
export async function lockScansToDelete(
  executor: Executor,
  uids: readonly string[],
): Promise<readonly DeletableScan[]> {
  const { rows } = await sql<DeletableScan>`
    SELECT ${DELETABLE} FROM scan_jobs WHERE uid = ANY(${uids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`.execute(
    executor,
  );
  return rows;
}

/** The same, held by nobody. */
export async function readScansToDelete(
  executor: Executor,
  uids: readonly string[],
): Promise<readonly DeletableScan[]> {
  const { rows } = await sql<DeletableScan>`
    SELECT ${DELETABLE} FROM scan_jobs WHERE uid = ANY(${uids}::uuid[]) ORDER BY id`.execute(executor);
  return rows;
}

export function noSuchScan(uid: string): ScanoramaError {
  return new ScanoramaError('not_found', `There is no scan with the id ${uid}.`, { at: uid });
}

/** How many open ports these scans list. */
export async function countListedPorts(executor: Executor, jobIds: readonly number[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT coalesce(sum(listed_ports), 0)::bigint AS count FROM scan_shards WHERE job_id = ANY(${jobIds}::bigint[])`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}

export async function markScansDeleted(
  executor: Executor,
  jobIds: readonly number[],
  actor: string,
): Promise<void> {
  await sql`
    UPDATE scan_jobs SET deleted_at = clock_timestamp(), deleted_by = ${actor} WHERE id = ANY(${jobIds}::bigint[])`.execute(
    executor,
  );
}

export async function unmarkScansDeleted(executor: Executor, jobIds: readonly number[]): Promise<void> {
  await sql`UPDATE scan_jobs SET deleted_at = NULL, deleted_by = NULL WHERE id = ANY(${jobIds}::bigint[])`.execute(
    executor,
  );
}

/**
 * Removes a locked scan with everything that only tells of it. Current state and history keep what it found and its number,
 * by which observations of one instant are ordered, and are not touched.
 */
export async function removeScan(executor: Executor, jobId: number): Promise<void> {
  await sql`DELETE FROM scan_jobs WHERE id = ${jobId}`.execute(executor);
}
