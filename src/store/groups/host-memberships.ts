import { type RawBuilder, sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { knownNow, type StandIns } from '#store/edits/label-edits.js';
import { isUnreferenced } from '#store/edits/later-edits.js';
import type { PastEdit } from '#store/hosts/host-values.js';

/** What hosts can be in: each is a table of pairs, and one of what they are in. */
const MEMBERSHIPS = {
  tag: { table: 'host_tags', column: 'tag_id', parent: 'tags' },
  group: { table: 'host_group_members', column: 'group_id', parent: 'host_groups' },
} as const;
export type MembershipKind = keyof typeof MEMBERSHIPS;

/** A statement that gives pairs `host_id` and `parent_id`, the id of the tag or group. */
export type Pairs = RawBuilder<unknown>;

export interface MembershipEdit {
  readonly kind: MembershipKind;
  readonly editId: number;
  readonly pairs: Pairs;
}

/** Each of these hosts with each of the tags or groups of these keys. */
export function eachWithEach(
  kind: MembershipKind,
  hostIds: readonly number[],
  keys: readonly string[],
): Pairs {
  return sql`
    SELECT host.id AS host_id, parent.id AS parent_id
    FROM unnest(${hostIds}::bigint[]) AS host(id) CROSS JOIN ${sql.table(MEMBERSHIPS[kind].parent)} parent
    WHERE parent.key = ANY(${keys}::text[])`;
}

/** What these hosts are in now, but for those of these keys. */
export function allButThese(
  kind: MembershipKind,
  hostIds: readonly number[],
  keys: readonly string[],
): Pairs {
  const { table, column, parent } = MEMBERSHIPS[kind];
  return sql`
    SELECT standing.host_id, parent.id AS parent_id
    FROM ${sql.table(table)} standing JOIN ${sql.table(parent)} parent ON parent.id = standing.${sql.ref(column)}
    WHERE standing.host_id = ANY(${hostIds}::bigint[]) AND parent.key <> ALL(${keys}::text[])`;
}

/** Whatever hosts are in one tag or group. */
export function allOf(kind: MembershipKind, parentId: number): Pairs {
  const { table, column } = MEMBERSHIPS[kind];
  return sql`SELECT host_id, ${sql.ref(column)} AS parent_id FROM ${sql.table(table)} WHERE ${sql.ref(column)} = ${parentId}`;
}

/** What an edit put hosts into (`added`) or took them out of, where the tag or group is there, or another for it. */
export function pairsOfEdit(
  kind: MembershipKind,
  past: PastEdit & { readonly added: boolean },
  standIns: StandIns,
): Pairs {
  const was = past.added ? sql`past.new_value IS NOT NULL` : sql`past.new_value IS NULL`;
  return sql`
    SELECT past.host_id, known.id AS parent_id
    FROM host_edits past JOIN ${knownNow(kind, standIns)} ON known.subject = past.subject
    WHERE past.edit_id = ${past.editId} AND past.kind = ${kind} AND ${was} AND ${isUnreferenced(past.reaffirmedBy)}`;
}

/** Puts hosts into tags or groups, and writes down which of them were not in there. */
export async function putInto(executor: Executor, { kind, editId, pairs }: MembershipEdit): Promise<void> {
  const { table, column, parent } = MEMBERSHIPS[kind];
  await sql`
    WITH added AS (
      INSERT INTO ${sql.table(table)} (host_id, ${sql.ref(column)})
      SELECT host_id, parent_id FROM (${pairs}) AS wanted ORDER BY host_id, parent_id
      ON CONFLICT DO NOTHING RETURNING host_id, ${sql.ref(column)} AS parent_id)
    INSERT INTO host_edits (edit_id, host_id, kind, subject, new_value)
    SELECT ${editId}::bigint, added.host_id, ${kind}, parent.uid, parent.name
    FROM added JOIN ${sql.table(parent)} parent ON parent.id = added.parent_id
    ORDER BY added.host_id, parent.key`.execute(executor);
}

/** Takes hosts out of tags or groups, and writes down which of them were in there. */
export async function takeOutOf(executor: Executor, { kind, editId, pairs }: MembershipEdit): Promise<void> {
  const { table, column, parent } = MEMBERSHIPS[kind];
  await sql`
    WITH removed AS (
      DELETE FROM ${sql.table(table)} standing USING (${pairs}) AS wanted
      WHERE standing.host_id = wanted.host_id AND standing.${sql.ref(column)} = wanted.parent_id
      RETURNING standing.host_id, wanted.parent_id)
    INSERT INTO host_edits (edit_id, host_id, kind, subject, old_value)
    SELECT ${editId}::bigint, removed.host_id, ${kind}, parent.uid, parent.name
    FROM removed JOIN ${sql.table(parent)} parent ON parent.id = removed.parent_id
    ORDER BY removed.host_id, parent.key`.execute(executor);
}

/** A host that is in more than so many, if there is one among these. */
export async function hostInTooMany(
  executor: Executor,
  kind: MembershipKind,
  { hostIds, limit }: { readonly hostIds: readonly number[]; readonly limit: number },
): Promise<string | undefined> {
  const { rows } = await sql<{ address: string }>`
    SELECT host(host.ip_address) AS address FROM hosts host WHERE host.id = (
      SELECT host_id FROM ${sql.table(MEMBERSHIPS[kind].table)} WHERE host_id = ANY(${hostIds}::bigint[])
      GROUP BY host_id HAVING count(*) > ${limit} ORDER BY host_id LIMIT 1)`.execute(executor);
  return rows[0]?.address;
}
