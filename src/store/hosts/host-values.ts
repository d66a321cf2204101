import { type RawBuilder, sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { isUnreferenced, type LaterEdits } from '#store/edits/later-edits.js';

/*
 * What a host has one of at a time: an owner, a value of each field; and its notes. Each statement changes what stands and
 * writes down of which hosts, with what was there before.
 */

/** A statement that gives `host_id` and `owner_id`, null for none. */
type OwnersWanted = RawBuilder<unknown>;
/** A statement that gives `host_id`, `field_id` and `value`, null for none. */
type ValuesWanted = RawBuilder<unknown>;

export function ownerForEach(hostIds: readonly number[], ownerId: number | null): OwnersWanted {
  return sql`SELECT host.id AS host_id, ${ownerId}::bigint AS owner_id FROM unnest(${hostIds}::bigint[]) AS host(id)`;
}

/** An edit that is taken back, and the later ones that said some of it again (`editsReaffirming`). */
export interface PastEdit {
  readonly editId: number;
  readonly reaffirmedBy: LaterEdits;
}

/** The owners that hosts had before an edit, where they still have the one that it gave them, and nobody gave it again. */
export function ownersBefore({ editId, reaffirmedBy }: PastEdit): OwnersWanted {
  return sql`
    SELECT past.host_id, before.id AS owner_id
    FROM host_edits past LEFT JOIN owners before ON before.uid = past.old_owner
      LEFT JOIN host_owners standing ON standing.host_id = past.host_id
      LEFT JOIN owners now ON now.id = standing.owner_id
    WHERE past.edit_id = ${editId} AND past.kind = 'owner' AND now.uid IS NOT DISTINCT FROM past.new_owner
      AND (past.old_owner IS NULL) = (before.id IS NULL) AND ${isUnreferenced(reaffirmedBy)}`;
}

export async function setOwners(executor: Executor, editId: number, wanted: OwnersWanted): Promise<void> {
  await sql`
    WITH wanted AS (${wanted}), standing AS (
      SELECT wanted.host_id, wanted.owner_id, own.owner_id AS old_id
      FROM wanted LEFT JOIN host_owners own ON own.host_id = wanted.host_id
      WHERE wanted.owner_id IS DISTINCT FROM own.owner_id
    ), removed AS (
      DELETE FROM host_owners own USING standing WHERE own.host_id = standing.host_id AND standing.owner_id IS NULL
    ), written AS (
      INSERT INTO host_owners (host_id, owner_id)
      SELECT host_id, owner_id FROM standing WHERE owner_id IS NOT NULL ORDER BY host_id
      ON CONFLICT (host_id) DO UPDATE SET owner_id = excluded.owner_id)
    INSERT INTO host_edits (edit_id, host_id, kind, old_value, new_value, old_owner, new_owner)
    SELECT ${editId}::bigint, standing.host_id, 'owner', old.name, new.name, old.uid, new.uid
    FROM standing LEFT JOIN owners old ON old.id = standing.old_id LEFT JOIN owners new ON new.id = standing.owner_id
    ORDER BY standing.host_id`.execute(executor);
}

export interface FieldValue {
  readonly fieldId: number;
  readonly value: string | null;
}

export function valuesForEach(hostIds: readonly number[], values: readonly FieldValue[]): ValuesWanted {
  return sql`
    SELECT host.id AS host_id, given.field_id, given.value FROM unnest(${hostIds}::bigint[]) AS host(id)
    CROSS JOIN unnest(${values.map(({ fieldId }) => fieldId)}::bigint[], ${values.map(({ value }) => value)}::text[]) AS given(field_id, value)`;
}

/** No value of one field, for every host that has one. */
export function noValues(fieldId: number): ValuesWanted {
  return sql`SELECT host_id, field_id, NULL AS value FROM host_field_values WHERE field_id = ${fieldId}`;
}

/** The values that hosts had before an edit, where they still have what it alone gave them and the field still takes it. */
export function valuesBefore({ editId, reaffirmedBy }: PastEdit): ValuesWanted {
  return sql`
    SELECT past.host_id, field.id AS field_id, past.old_value AS value
    FROM host_edits past JOIN custom_fields field ON field.uid = past.subject
      LEFT JOIN host_field_values standing ON standing.host_id = past.host_id AND standing.field_id = field.id
    WHERE past.edit_id = ${editId} AND past.kind = 'field' AND standing.value IS NOT DISTINCT FROM past.new_value
      AND (past.old_value IS NULL OR field.choices IS NULL OR past.old_value = ANY(field.choices))
      AND ${isUnreferenced(reaffirmedBy)}`;
}

export async function setFieldValues(
  executor: Executor,
  editId: number,
  wanted: ValuesWanted,
): Promise<void> {
  await sql`
    WITH wanted AS (${wanted}), standing AS (
      SELECT wanted.host_id, wanted.field_id, wanted.value, own.value AS old_value
      FROM wanted LEFT JOIN host_field_values own ON (own.host_id, own.field_id) = (wanted.host_id, wanted.field_id)
      WHERE wanted.value IS DISTINCT FROM own.value
    ), removed AS (
      DELETE FROM host_field_values own USING standing
      WHERE (own.host_id, own.field_id) = (standing.host_id, standing.field_id) AND standing.value IS NULL
    ), written AS (
      INSERT INTO host_field_values (host_id, field_id, type, value)
      SELECT standing.host_id, field.id, field.type, standing.value
      FROM standing JOIN custom_fields field ON field.id = standing.field_id WHERE standing.value IS NOT NULL
      ORDER BY standing.host_id, field.id
      ON CONFLICT (host_id, field_id) DO UPDATE SET value = excluded.value)
    INSERT INTO host_edits (edit_id, host_id, kind, subject, label, old_value, new_value)
    SELECT ${editId}::bigint, standing.host_id, 'field', field.uid, field.name, standing.old_value, standing.value
    FROM standing JOIN custom_fields field ON field.id = standing.field_id ORDER BY standing.host_id, field.name`.execute(
    executor,
  );
}

export interface NewNotes {
  readonly editId: number;
  readonly hostIds: readonly number[];
  /** One for each host, in their order. */
  readonly uids: readonly string[];
  readonly text: string;
  readonly author: string;
}

/** Writes the same note to each of these hosts. */
export async function insertNotes(executor: Executor, notes: NewNotes): Promise<void> {
  await sql`
    WITH written AS (
      INSERT INTO host_notes (uid, host_id, text, author, written_at)
      SELECT given.uid, given.host_id, ${notes.text}, ${notes.author}, clock_timestamp()
      FROM unnest(${notes.uids}::uuid[], ${notes.hostIds}::bigint[]) AS given(uid, host_id) ORDER BY given.host_id
      RETURNING host_id, uid, text)
    INSERT INTO host_edits (edit_id, host_id, kind, subject, new_value)
    SELECT ${notes.editId}::bigint, host_id, 'note', uid, text FROM written ORDER BY host_id`.execute(
    executor,
  );
}

/** The notes that an edit wrote, or (`added` false) took away. */
export function notesOfEdit({ editId, added }: { readonly editId: number; readonly added: boolean }) {
  const was = added ? sql`past.new_value IS NOT NULL` : sql`past.new_value IS NULL`;
  return sql`SELECT past.subject FROM host_edits past WHERE past.edit_id = ${editId} AND past.kind = 'note' AND ${was}`;
}

export function theseNotes(uids: readonly string[]) {
  return sql`SELECT unnest(${uids}::uuid[])`;
}

/** Takes notes away, or brings them back; `notes` is a statement that gives their uids. */
export async function setNotesRemoved(
  executor: Executor,
  editId: number,
  { notes, removed }: { readonly notes: RawBuilder<unknown>; readonly removed: boolean },
): Promise<void> {
  const at = removed ? sql`greatest(clock_timestamp(), written_at)` : sql`NULL`;
  const [old, now] = removed ? [sql`text`, sql`NULL`] : [sql`NULL`, sql`text`];
  await sql`
    WITH marked AS (
      UPDATE host_notes SET removed_at = ${at}
      WHERE uid IN (${notes}) AND (removed_at IS NULL) = ${removed}::boolean RETURNING host_id, uid, text)
    INSERT INTO host_edits (edit_id, host_id, kind, subject, old_value, new_value)
    SELECT ${editId}::bigint, host_id, 'note', uid, ${old}, ${now} FROM marked ORDER BY host_id`.execute(
    executor,
  );
}
