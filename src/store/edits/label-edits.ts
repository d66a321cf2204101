import { type RawBuilder, sql } from 'kysely';
import { LABEL_KINDS, type LabelKind } from '#domain/hosts/host-edit-kind.js';
import type { Executor } from '#store/database/database.js';

interface LabelTable {
  readonly table: string;
  /** What a definition consists of: all but the id inside. */
  readonly columns: readonly string[];
  /** Where a row names it: table and column. */
  readonly uses: readonly (readonly [table: string, column: string])[];
}

const SIGNED = ['created_by', 'created_at', 'updated_by', 'updated_at'] as const;
const LABELS: Readonly<Record<LabelKind, LabelTable>> = {
  tag: {
    table: 'tags',
    columns: ['uid', 'name', 'key', 'color', ...SIGNED],
    uses: [
      ['host_tags', 'tag_id'],
      ['scan_tags', 'tag_id'],
    ],
  },
  group: {
    table: 'host_groups',
    columns: ['uid', 'name', 'key', 'description', 'color', 'kind', 'rule_text', 'rule', ...SIGNED],
    uses: [['host_group_members', 'group_id']],
  },
  field: {
    table: 'custom_fields',
    columns: ['uid', 'name', 'type', 'choices', 'description', ...SIGNED],
    uses: [['host_field_values', 'field_id']],
  },
};

/** The row that `label` names, as an edit keeps it. */
const DEFINITION = sql`to_jsonb(label) - 'id'`;

/** The row of that table that an edit kept as `kept`. */
function keptRow(table: string, kept: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`jsonb_populate_record(NULL::${sql.table(table)}, ${kept})`;
}

/** Removes a tag, group or field, which an edit keeps as it was. What hosts and scans had of it was taken from them before. */
export async function removeLabel(
  executor: Executor,
  editId: number,
  { kind, id }: { readonly kind: LabelKind; readonly id: number },
): Promise<void> {
  await sql`
    WITH label AS (DELETE FROM ${sql.table(LABELS[kind].table)} WHERE id = ${id} RETURNING *)
    INSERT INTO label_edits (edit_id, kind, subject, old_definition)
    SELECT ${editId}::bigint, ${kind}, label.uid, ${DEFINITION} FROM label`.execute(executor);
}

/** What an edit removed, or took from hosts or scans, and is not there any more. */
export interface GoneLabel {
  readonly kind: LabelKind;
  readonly uid: string;
  /** As it was called when it was removed. */
  readonly name: string;
}

function isThere(uid: RawBuilder<unknown>): RawBuilder<unknown> {
  const there = LABEL_KINDS.map(
    (kind) => sql`EXISTS (SELECT FROM ${sql.table(LABELS[kind].table)} WHERE uid = ${uid})`,
  );
  return sql`(${sql.join(there, sql` OR `)})`;
}

/**
 * Those that it took from hosts or scans only where one would get it again: `isUnreferenced` of the row `past`. A field whose values
 * an edit changed is not among them: it is made again by who takes its removal back.
 */
export async function labelsGoneSince(
  executor: Executor,
  editId: number,
  isUnreferenced: RawBuilder<unknown>,
): Promise<readonly GoneLabel[]> {
  const { rows } = await sql<GoneLabel>`
    SELECT DISTINCT ON (removal.subject) removal.kind, removal.subject AS uid, removal.old_definition->>'name' AS name
    FROM (
      SELECT subject FROM label_edits WHERE edit_id = ${editId} AND old_definition IS NOT NULL
      UNION SELECT past.subject FROM host_edits past
        WHERE past.edit_id = ${editId} AND past.kind IN ('tag', 'group') AND past.new_value IS NULL AND ${isUnreferenced}
      UNION SELECT subject FROM scan_tag_edits WHERE edit_id = ${editId} AND NOT added AND NOT reaffirmed
    ) AS wanted JOIN label_edits removal ON removal.subject = wanted.subject AND removal.old_definition IS NOT NULL
    WHERE NOT ${isThere(sql`wanted.subject`)}
    ORDER BY removal.subject, removal.edit_id DESC`.execute(executor);
  return rows;
}

/** Makes it again as it was when it was removed last; false when another has its name by now. */
export async function makeLabelAgain(
  executor: Executor,
  editId: number,
  { kind, uid }: GoneLabel,
): Promise<boolean> {
  const { table, columns } = LABELS[kind];
  const list = sql.join(columns.map((column) => sql.ref(column)));
  const { rows } = await sql`
    WITH removal AS (
      SELECT old_definition FROM label_edits WHERE subject = ${uid} AND old_definition IS NOT NULL
      ORDER BY edit_id DESC LIMIT 1
    ), label AS (
      INSERT INTO ${sql.table(table)} (${list})
      SELECT ${list} FROM removal CROSS JOIN LATERAL ${keptRow(table, sql`removal.old_definition`)}
      ON CONFLICT DO NOTHING RETURNING *)
    INSERT INTO label_edits (edit_id, kind, subject, new_definition)
    SELECT ${editId}::bigint, ${kind}, label.uid, ${DEFINITION} FROM label RETURNING subject`.execute(
    executor,
  );
  return rows.length === 1;
}

/** Ids of labels that have the names by now of others, by the uids of those. */
export type StandIns = ReadonlyMap<string, number>;

/** The ids by which labels are known now, by uid: a relation `known` of `subject` and `id`. */
export function knownNow(kind: LabelKind, standIns: StandIns): RawBuilder<unknown> {
  return sql`(
    SELECT uid, id FROM ${sql.table(LABELS[kind].table)}
    UNION ALL SELECT * FROM unnest(${[...standIns.keys()]}::uuid[], ${[...standIns.values()]}::bigint[])) AS known(subject, id)`;
}

/** Pairs of a tag, group or field that was removed, and another of its name, then or now. */
export type Namesakes = readonly { readonly uid: string; readonly other: string }[];

/** Of what hosts have or lose by an edit. */
export async function namesakesOf(executor: Executor, editId: number): Promise<Namesakes> {
  const there = LABEL_KINDS.map((kind) => {
    const { table, columns } = LABELS[kind];
    const key = sql.ref(columns.includes('key') ? 'key' : 'name');
    return sql`SELECT ${kind} AS kind, uid, ${key} AS key FROM ${sql.table(table)}`;
  });
  const { rows } = await sql<Namesakes[number]>`
    WITH removed AS (
      SELECT DISTINCT kind, subject AS uid, coalesce(old_definition->>'key', old_definition->>'name') AS key
      FROM label_edits WHERE old_definition IS NOT NULL)
    SELECT DISTINCT removed.uid, called.uid AS other
    FROM removed JOIN (SELECT * FROM removed UNION ${sql.join(there, sql` UNION `)}) AS called USING (kind, key)
    WHERE called.uid <> removed.uid AND removed.uid IN (SELECT subject FROM host_edits WHERE edit_id = ${editId})`.execute(
    executor,
  );
  return rows;
}

/** What an edit made again, as it made it. */
export interface CreatedLabel {
  readonly kind: LabelKind;
  readonly id: number;
  readonly name: string;
}

/** Waits for whoever is just giving a scan, which takes no turn, what this edit made again, and holds it against the next one. */
export async function lockCreatedLabels(executor: Executor, editId: number): Promise<void> {
  for (const kind of LABEL_KINDS)
    await sql`
      SELECT FROM ${sql.table(LABELS[kind].table)} WHERE uid IN (
        SELECT subject FROM label_edits WHERE edit_id = ${editId} AND kind = ${kind} AND new_definition IS NOT NULL)
      ORDER BY id FOR UPDATE`.execute(executor);
}

/** What an edit made again, where nobody changed it since and no host or scan has it; locked ones only. */
export async function unusedLabelsOf(executor: Executor, editId: number): Promise<readonly CreatedLabel[]> {
  const ofKind = LABEL_KINDS.map((kind) => {
    const { table, uses } = LABELS[kind];
    const unused = uses.map(
      ([child, column]) =>
        sql`NOT EXISTS (SELECT FROM ${sql.table(child)} used WHERE used.${sql.ref(column)} = label.id)`,
    );
    return sql`
      SELECT past.kind, label.id, label.name FROM label_edits past JOIN ${sql.table(table)} label ON label.uid = past.subject
      WHERE past.edit_id = ${editId} AND past.kind = ${kind} AND past.new_definition IS NOT NULL
        AND ${DEFINITION} = to_jsonb(${keptRow(table, sql`past.new_definition`)}) - 'id' AND ${sql.join(unused, sql` AND `)}`;
  });
  const { rows } = await sql<CreatedLabel>`${sql.join(ofKind, sql` UNION ALL `)}`.execute(executor);
  return rows;
}

/** How many labels are as an edit left them: those that it removed gone, those that it made there. */
export async function countLabelsLeft(executor: Executor, editId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM label_edits past
    WHERE edit_id = ${editId} AND (new_definition IS NOT NULL) = ${isThere(sql`past.subject`)}`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}
