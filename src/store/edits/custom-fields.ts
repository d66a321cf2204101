import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { CustomField, FieldType } from '#domain/fields/custom-field.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';

export interface FieldView extends CustomField {
  readonly id: number;
  readonly uid: string;
  readonly description: string | null;
  /** Hosts that have a value of it, deleted ones too. */
  readonly hosts: number;
  readonly createdBy: string;
  readonly createdAt: Date;
}

const FIELD_VIEW = sql`
  SELECT field.id, field.uid, field.name, field.type, field.choices, field.description,
    field.created_by AS "createdBy", field.created_at AS "createdAt",
    (SELECT count(*) FROM host_field_values WHERE field_id = field.id) AS hosts
  FROM custom_fields field`;

/** Every field, by name: there are at most `MAX_FIELDS`. */
export async function listFields(executor: Executor): Promise<readonly FieldView[]> {
  const { rows } = await sql<FieldView>`${FIELD_VIEW} ORDER BY field.name COLLATE "C"`.execute(executor);
  return rows;
}

/** A field by its name; `not_found`. */
export async function findField(executor: Executor, name: string): Promise<FieldView> {
  const { rows } =
    await sql<FieldView>`${FIELD_VIEW} WHERE field.name = ${name.trim().toLowerCase()}`.execute(executor);
  const row = rows[0];
  if (row === undefined)
    throw new ScanoramaError('not_found', `There is no field called ${quote(name)}.`, {
      at: name,
      hint: '`scanorama fields add NAME --type TYPE` defines one; `scanorama fields list` shows them.',
    });
  return row;
}

export interface NewField {
  readonly uid: string;
  readonly name: string;
  readonly type: FieldType;
  readonly choices: readonly string[] | null;
  readonly description: string | null;
  readonly actor: string;
}

/** False when the name is taken. */
export async function insertField(executor: Executor, field: NewField): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO custom_fields (uid, name, type, choices, description, created_by, updated_by)
    VALUES (${field.uid}, ${field.name}, ${field.type}, ${field.choices}::text[], ${field.description}, ${field.actor}, ${field.actor})
    ON CONFLICT (name) DO NOTHING`.execute(executor);
  return numAffectedRows === 1n;
}

export interface FieldChange {
  readonly choices: readonly string[] | null;
  readonly description: string | null;
  readonly actor: string;
}

export async function updateField(executor: Executor, id: number, change: FieldChange): Promise<void> {
  await sql`
    UPDATE custom_fields SET choices = ${change.choices}::text[], description = ${change.description},
      updated_by = ${change.actor}, updated_at = clock_timestamp()
    WHERE id = ${id}`.execute(executor);
}

/** The values that hosts have of a field, each once. */
export async function valuesInUse(executor: Executor, fieldId: number): Promise<readonly string[]> {
  const { rows } = await sql<{ value: string }>`
    SELECT DISTINCT value FROM host_field_values WHERE field_id = ${fieldId}`.execute(executor);
  return rows.map(({ value }) => value);
}
