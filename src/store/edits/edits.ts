import { type RawBuilder, sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import { type Filter, probesFor } from '#domain/filter/filter.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import type { Executor } from '#store/database/database.js';
import { beginsSo } from '#store/database/uid-prefix.js';
import { undoChainOf } from '#store/edits/undo-chain.js';
import { matchingHosts } from '#store/groups/group-rules.js';
import type { Page } from '#store/scans/scan-views.js';

/** One act of one person on hosts. */
export interface EditView {
  readonly id: number;
  readonly uid: string;
  readonly actor: string;
  readonly summary: string;
  readonly createdAt: Date;
  /** How many hosts it changed. */
  readonly hosts: number;
  /** The edit that this one took back. */
  readonly undoes: string | null;
  /** Where this one is taken back, or stands again after it was: the last edit that did so. */
  readonly undoneBy: string | null;
  readonly recreatedBy: string | null;
}

const EDIT_VIEW = sql`
  SELECT edit.id, edit.uid, edit.actor, edit.summary, edit.created_at AS "createdAt",
    (SELECT count(DISTINCT host_id) FROM host_edits WHERE edit_id = edit.id) AS hosts,
    undone.uid AS undoes, undo_chain.undone_by AS "undoneBy", undo_chain.recreated_by AS "recreatedBy"
  FROM edits edit LEFT JOIN edits undone ON undone.id = edit.undoes LEFT JOIN LATERAL ${undoChainOf('edits', sql`edit.id`)} ON true`;

export async function listEdits(
  executor: Executor,
  page: Page,
  beginning?: string,
): Promise<readonly EditView[]> {
  const { rows } = await sql<EditView>`
    ${EDIT_VIEW} WHERE ${beginsSo(sql`edit.uid`, beginning)} ORDER BY edit.id DESC LIMIT ${page.limit} OFFSET ${page.offset}`.execute(
    executor,
  );
  return rows;
}

export async function countEdits(executor: Executor, beginning?: string): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`SELECT count(*) AS count FROM edits WHERE ${beginsSo(sql`uid`, beginning)}`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** One edit; `not_found`. */
export async function findEdit(executor: Executor, uid: string): Promise<EditView> {
  const { rows } = await sql<EditView>`${EDIT_VIEW} WHERE edit.uid = ${uid}`.execute(executor);
  const row = rows[0];
  if (row === undefined)
    throw new ScanoramaError('not_found', `There is no edit with the id ${uid}.`, {
      at: uid,
      hint: '`scanorama hosts edits` shows the edits.',
    });
  return row;
}

export interface NewEdit {
  readonly uid: string;
  readonly actor: string;
  /** What was wanted, in a few words. */
  readonly summary: string;
  /** The edit that is taken back. */
  readonly undoes: number | null;
}

export const MAX_SUMMARY_CHARACTERS = 500;

/** Begins an edit; gives its id. */
export async function insertEdit(executor: Executor, edit: NewEdit): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO edits (uid, actor, summary, undoes, created_at)
    VALUES (${edit.uid}, ${edit.actor}, left(${edit.summary}, ${MAX_SUMMARY_CHARACTERS}::int), ${edit.undoes}, clock_timestamp())
    RETURNING id`.execute(executor);
  const row = rows[0];
  if (row === undefined) throw new Error('an insert returned no row');
  return row.id;
}

/** What an edit came to. */
export interface EditExtent {
  /** Rows of `host_edits`, `scan_tag_edits` and `label_edits`. */
  readonly changes: number;
  /** Those of `label_edits` among them. */
  readonly labels: number;
  readonly hosts: number;
  readonly scans: number;
  /** Addresses of the first hosts that it changed, with their sites where these are not the usual one. */
  readonly examples: readonly string[];
}

/** How many hosts an outcome names. */
const EXAMPLES = 10;

export async function extentOfEdit(executor: Executor, editId: number): Promise<EditExtent> {
  const { rows } = await sql<EditExtent>`
    SELECT (SELECT count(*) FROM host_edits WHERE edit_id = ${editId})
        + (SELECT count(*) FROM scan_tag_edits WHERE edit_id = ${editId}) + label.count AS changes, label.count AS labels,
      (SELECT count(DISTINCT host_id) FROM host_edits WHERE edit_id = ${editId}) AS hosts,
      (SELECT count(DISTINCT job_id) FROM scan_tag_edits WHERE edit_id = ${editId}) AS scans,
      ARRAY(SELECT host(host.ip_address) || CASE WHEN site.name = ${DEFAULT_SITE} THEN '' ELSE ' (' || site.name || ')' END
        FROM hosts host JOIN sites site ON site.id = host.site_id
        WHERE host.id IN (SELECT host_id FROM host_edits WHERE edit_id = ${editId})
        ORDER BY host.ip_address, host.id LIMIT ${EXAMPLES}) AS examples
    FROM (SELECT count(*) FROM label_edits WHERE edit_id = ${editId}) AS label`.execute(executor);
  return rows[0] ?? { changes: 0, labels: 0, hosts: 0, scans: 0, examples: [] };
}

/** Forgets an edit that changed nothing. */
export async function deleteEdit(executor: Executor, editId: number): Promise<void> {
  await sql`DELETE FROM edits WHERE id = ${editId}`.execute(executor);
}

/** A host that is edited, held against its purge until the transaction ends. */
export interface HeldHost {
  readonly id: number;
  readonly uid: string;
}

/** Those of these hosts that there are, in the order of their ids. */
export async function lockHosts(executor: Executor, uids: readonly string[]): Promise<readonly HeldHost[]> {
  const { rows } = await sql<HeldHost>`
    SELECT id, uid FROM hosts WHERE uid = ANY(${uids}::uuid[]) ORDER BY id FOR KEY SHARE`.execute(executor);
  return rows;
}

/** Holds the hosts of a statement that gives `host_id`. */
export async function lockHostsOf(executor: Executor, rows: RawBuilder<unknown>): Promise<void> {
  await sql`
    SELECT count(*) FROM (
      SELECT id FROM hosts WHERE id IN (SELECT host_id FROM (${rows}) AS given) ORDER BY id FOR KEY SHARE) AS held`.execute(
    executor,
  );
}

export function hostsOfEdit(editId: number): RawBuilder<unknown> {
  return sql`SELECT host_id FROM host_edits WHERE edit_id = ${editId}`;
}

/** The hosts that a list has which is asked with this filter and nothing else, held like them; at most `limit`. */
export async function lockMatchingHosts(
  executor: Executor,
  matching: Filter,
  { now, limit }: { readonly now: Date; readonly limit: number },
): Promise<readonly HeldHost[]> {
  const condition = await matchingHosts(executor, { matching, asOf: {}, now });
  const isMeant = probesFor(matching, 'ignored') ? sql`true` : sql`NOT host.ignored`;
  const { rows } = await sql<HeldHost>`
    SELECT host.id, host.uid FROM hosts host WHERE host.deleted_at IS NULL AND ${isMeant} AND ${condition}
    ORDER BY host.id LIMIT ${limit} FOR KEY SHARE OF host`.execute(executor);
  return rows;
}
