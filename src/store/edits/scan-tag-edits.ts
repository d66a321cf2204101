import { type RawBuilder, sql } from 'kysely';
import { labelKey } from '#domain/fields/label-name.js';
import type { Executor } from '#store/database/database.js';
import { knownNow, type StandIns } from '#store/edits/label-edits.js';
import type { ScanTagChange } from '#store/tags/scan-tags.js';

/** A statement that gives `job_id`. */
type Scans = RawBuilder<unknown>;

/** Holds these scans against their purge, until the transaction ends. */
export async function lockScansOf(executor: Executor, scans: Scans): Promise<void> {
  await sql`
    SELECT count(*) FROM (
      SELECT id FROM scan_jobs WHERE id IN (SELECT job_id FROM (${scans}) AS given) ORDER BY id FOR KEY SHARE) AS held`.execute(
    executor,
  );
}

export function scansWith(tagId: number): Scans {
  return sql`SELECT job_id FROM scan_tags WHERE tag_id = ${tagId}`;
}

export function scansOfEdit(editId: number): Scans {
  return sql`SELECT job_id FROM scan_tag_edits WHERE edit_id = ${editId}`;
}

/** Those that it gave a tag. */
export async function scansGivenTags(executor: Executor, editId: number): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT DISTINCT job_id AS id FROM scan_tag_edits WHERE edit_id = ${editId} AND added`.execute(executor);
  return rows.map(({ id }) => id);
}

/** Takes a tag from every scan that has it, and writes down which had it. */
export async function takeFromScans(executor: Executor, editId: number, tagId: number): Promise<void> {
  await sql`
    WITH removed AS (DELETE FROM scan_tags WHERE tag_id = ${tagId} RETURNING job_id, tag_id)
    INSERT INTO scan_tag_edits (edit_id, job_id, subject, added)
    SELECT ${editId}::bigint, removed.job_id, tag.uid, false FROM removed JOIN tags tag ON tag.id = removed.tag_id`.execute(
    executor,
  );
}

/** Takes from scans the tags that an edit gave them again, where nobody said otherwise since; held scans only. */
export async function takeAgainFromScans(executor: Executor, editId: number, pastId: number): Promise<void> {
  await sql`
    WITH removed AS (
      DELETE FROM scan_tags standing USING scan_tag_edits past, tags tag
      WHERE past.edit_id = ${pastId} AND past.added AND NOT past.reaffirmed AND tag.uid = past.subject
        AND standing.job_id = past.job_id AND standing.tag_id = tag.id
      RETURNING standing.job_id, tag.uid)
    INSERT INTO scan_tag_edits (edit_id, job_id, subject, added)
    SELECT ${editId}::bigint, job_id, uid, false FROM removed`.execute(executor);
}

/** Gives scans the tags again that an edit took from them, where nobody said otherwise since; held scans only. */
export async function giveToScansAgain(
  executor: Executor,
  {
    editId,
    pastId,
    standIns,
  }: { readonly editId: number; readonly pastId: number; readonly standIns: StandIns },
): Promise<void> {
  await sql`
    WITH added AS (
      INSERT INTO scan_tags (job_id, tag_id)
      SELECT past.job_id, known.id FROM scan_tag_edits past JOIN ${knownNow('tag', standIns)} ON known.subject = past.subject
      WHERE past.edit_id = ${pastId} AND NOT past.added AND NOT past.reaffirmed ORDER BY past.job_id, known.id
      ON CONFLICT DO NOTHING RETURNING job_id, tag_id)
    INSERT INTO scan_tag_edits (edit_id, job_id, subject, added)
    SELECT ${editId}::bigint, added.job_id, tag.uid, true FROM added JOIN tags tag ON tag.id = added.tag_id`.execute(
    executor,
  );
}

/**
 * Marks what edits tell of a scan and a tag, or one that was removed under its name: somebody said anew what stands there, and
 * no undo changes it.
 */
export async function markReaffirmed(executor: Executor, changes: readonly ScanTagChange[]): Promise<void> {
  await sql`
    UPDATE scan_tag_edits past SET reaffirmed = true
    FROM unnest(${changes.map(({ jobId }) => jobId)}::bigint[], ${changes.map(({ tag }) => labelKey(tag))}::text[]) AS change(job_id, key)
      JOIN (SELECT uid, key FROM tags
        UNION SELECT subject, old_definition->>'key' FROM label_edits WHERE kind = 'tag' AND old_definition IS NOT NULL
      ) AS tag USING (key)
    WHERE past.job_id = change.job_id AND past.subject = tag.uid`.execute(executor);
}
