import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** A scan whose tags are changed, held against its purge until the transaction ends. */
export interface HeldScan {
  readonly id: number;
  readonly uid: string;
}

/** Those of these scans that there are, deleted or not, in the order of their ids. */
export async function lockScans(executor: Executor, uids: readonly string[]): Promise<readonly HeldScan[]> {
  const { rows } = await sql<HeldScan>`
    SELECT id, uid FROM scan_jobs WHERE uid = ANY(${uids}::uuid[]) ORDER BY id FOR KEY SHARE`.execute(
    executor,
  );
  return rows;
}

/** A tag that a scan has now and had not, or the other way round. */
export interface ScanTagChange {
  readonly jobId: number;
  /** Its name. */
  readonly tag: string;
}

interface ScansAndTags {
  readonly jobIds: readonly number[];
  readonly keys: readonly string[];
}

/** Gives these scans the tags of these keys that there are; tells which had which not. */
export async function tagScanRows(
  executor: Executor,
  { jobIds, keys }: ScansAndTags,
): Promise<readonly ScanTagChange[]> {
  const { rows } = await sql<ScanTagChange>`
    WITH meant AS (SELECT id, name, key FROM tags WHERE key = ANY(${keys}::text[]) ORDER BY key FOR KEY SHARE),
    added AS (
      INSERT INTO scan_tags (job_id, tag_id)
      SELECT job.id, meant.id FROM unnest(${jobIds}::bigint[]) AS job(id) CROSS JOIN meant ORDER BY job.id, meant.id
      ON CONFLICT DO NOTHING RETURNING job_id, tag_id)
    SELECT added.job_id AS "jobId", meant.name AS tag FROM added JOIN meant ON meant.id = added.tag_id
    ORDER BY added.job_id, meant.key COLLATE "C"`.execute(executor);
  return rows;
}

/** Takes the tags of these keys from these scans, or all but these; tells which had which. */
export async function untagScanRows(
  executor: Executor,
  { jobIds, keys, allBut = false }: ScansAndTags & { readonly allBut?: boolean },
): Promise<readonly ScanTagChange[]> {
  const isMeant = allBut ? sql`tag.key <> ALL(${keys}::text[])` : sql`tag.key = ANY(${keys}::text[])`;
  const { rows } = await sql<ScanTagChange>`
    WITH removed AS (
      DELETE FROM scan_tags standing USING tags tag
      WHERE tag.id = standing.tag_id AND standing.job_id = ANY(${jobIds}::bigint[]) AND ${isMeant}
      RETURNING standing.job_id, tag.name, tag.key)
    SELECT job_id AS "jobId", name AS tag FROM removed ORDER BY job_id, key COLLATE "C"`.execute(executor);
  return rows;
}

/** A scan with more tags than so many, if there is one among these. */
export async function scanWithTooManyTags(
  executor: Executor,
  jobIds: readonly number[],
  limit: number,
): Promise<string | undefined> {
  const { rows } = await sql<{ uid: string }>`
    SELECT uid FROM scan_jobs WHERE id = (
      SELECT job_id FROM scan_tags WHERE job_id = ANY(${jobIds}::bigint[])
      GROUP BY job_id HAVING count(*) > ${limit} ORDER BY job_id LIMIT 1)`.execute(executor);
  return rows[0]?.uid;
}
