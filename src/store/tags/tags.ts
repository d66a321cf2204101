import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import { labelKey } from '#domain/fields/label-name.js';
import { nearestName } from '#domain/filter/names.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { namesOfKind } from '#store/filter/filter-names.js';
import type { Page } from '#store/scans/scan-views.js';

export interface TagView {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly color: string | null;
  /** Hosts that have it, but for deleted ones. */
  readonly hosts: number;
  /** Scans and discovery runs that have it, but for deleted ones. */
  readonly scans: number;
  readonly createdBy: string;
  readonly createdAt: Date;
}

const TAG_VIEW = sql`
  SELECT tag.id, tag.uid, tag.name, tag.color, tag.created_by AS "createdBy", tag.created_at AS "createdAt",
    (SELECT count(*) FROM scan_tags JOIN scan_jobs job ON job.id = scan_tags.job_id
      WHERE scan_tags.tag_id = tag.id AND job.deleted_at IS NULL) AS scans,
    (SELECT count(*) FROM host_tags JOIN hosts host ON host.id = host_tags.host_id
      WHERE host_tags.tag_id = tag.id AND host.deleted_at IS NULL AND NOT host.ignored) AS hosts
  FROM tags tag`;

export async function listTags(executor: Executor, page: Page): Promise<readonly TagView[]> {
  const { rows } = await sql<TagView>`
    ${TAG_VIEW} ORDER BY tag.key COLLATE "C" LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countTags(executor: Executor): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM tags`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** A tag by its name, whatever its case; `not_found`. */
export async function findTag(executor: Executor, name: string): Promise<TagView> {
  const { rows } = await sql<TagView>`${TAG_VIEW} WHERE tag.key = ${labelKey(name)}`.execute(executor);
  const row = rows[0];
  if (row === undefined) throw await unknownTag(executor, name);
  return row;
}

/** Refuses with `not_found` the name that no tag has, in any case. */
export async function assertTagNamed(executor: Executor, name: string): Promise<void> {
  if (!(await hasTag(executor, name))) throw await unknownTag(executor, name);
}

async function unknownTag(executor: Executor, name: string): Promise<ScanoramaError> {
  const nearest = nearestName(name, await namesOfKind(executor, 'tag'));
  return new ScanoramaError('not_found', `There is no tag called ${quote(name)}.`, {
    at: name,
    hint:
      nearest === undefined
        ? '`scanorama tags list` shows the tags.'
        : `Did you mean ${quote(nearest)}? \`scanorama tags list\` shows the tags.`,
  });
}

export async function hasTag(executor: Executor, name: string): Promise<boolean> {
  const { rows } = await sql`SELECT id FROM tags WHERE key = ${labelKey(name)}`.execute(executor);
  return rows.length > 0;
}

/** Those of these tags that there are, held as they are called until the transaction ends. */
export async function lockTags(
  executor: Executor,
  names: readonly string[],
): Promise<readonly Pick<TagView, 'id' | 'name'>[]> {
  if (names.length === 0) return [];
  const { rows } = await sql<Pick<TagView, 'id' | 'name'>>`
    SELECT id, name FROM tags WHERE key = ANY(${names.map(labelKey)}::text[]) ORDER BY key FOR KEY SHARE`.execute(
    executor,
  );
  return rows;
}

export interface NewTag {
  readonly uid: string;
  readonly name: string;
  readonly color: string | null;
  readonly actor: string;
}

/** Stores those of these tags whose names are not taken; gives how many. */
export async function insertTags(executor: Executor, tags: readonly NewTag[]): Promise<number> {
  const { numAffectedRows } = await sql`
    INSERT INTO tags (uid, name, key, color, created_by, updated_by)
    SELECT given.uid, given.name, given.key, given.color, given.actor, given.actor
    FROM unnest(${tags.map(({ uid }) => uid)}::uuid[], ${tags.map(({ name }) => name)}::text[],
      ${tags.map(({ name }) => labelKey(name))}::text[], ${tags.map(({ color }) => color)}::text[],
      ${tags.map(({ actor }) => actor)}::text[]) AS given(uid, name, key, color, actor)
    ORDER BY given.key ON CONFLICT (key) DO NOTHING`.execute(executor);
  return Number(numAffectedRows ?? 0n);
}

export async function updateTag(
  executor: Executor,
  id: number,
  change: { readonly name: string; readonly color: string | null; readonly actor: string },
): Promise<void> {
  await sql`
    UPDATE tags SET name = ${change.name}, key = ${labelKey(change.name)}, color = ${change.color},
      updated_by = ${change.actor}, updated_at = clock_timestamp()
    WHERE id = ${id}`.execute(executor);
}
