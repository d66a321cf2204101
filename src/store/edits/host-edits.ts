import { type RawBuilder, sql } from 'kysely';
import { type AnnotationKind, EDITED_FACTS, type EditedFact } from '#domain/hosts/host-edit-kind.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';
import { isUnreferenced } from '#store/edits/later-edits.js';
import { noSuchHost } from '#store/hosts/host-deletion.js';
import type { PastEdit } from '#store/hosts/host-values.js';

/** The types of their columns. */
const COLUMN_TYPES: Readonly<Record<EditedFact, string>> = {
  custom_name: 'text',
  ignored: 'boolean',
  down_after_misses: 'int',
  gone_after_days: 'int',
};

/** A host that is edited, whose row nobody else changes until the transaction ends. */
export interface EditedHost {
  readonly id: number;
  readonly uid: string;
  readonly address: string;
}

/** The host with this uid; `not_found`. */
export async function lockHostToEdit(executor: Executor, uid: string): Promise<EditedHost> {
  const { rows } = await sql<EditedHost>`
    SELECT id, uid, host(ip_address) AS address FROM hosts WHERE uid = ${uid} FOR NO KEY UPDATE`.execute(
    executor,
  );
  const row = rows[0];
  if (row === undefined) throw noSuchHost(uid);
  return row;
}

export interface HostEdit {
  readonly editId: number;
  readonly hostId: number;
  readonly fact: EditedFact;
  /** As history writes it; null takes it back. */
  readonly value: string | null;
  readonly actor: string;
  /** By the clock of who asks for it. */
  readonly at: Date;
}

/**
 * Sets one fact of a locked host, as a fact of its history and a part of an edit, unless it is so already; true when it
 * changed. Two changes never begin at once, however fast they are asked for.
 */
export async function editHost(executor: Executor, edit: HostEdit): Promise<boolean> {
  const { editId, hostId, fact, value, actor, at } = edit;
  const omitted = fact === 'ignored' ? 'false' : null;
  const { rows } = await sql`
    WITH before AS (
      SELECT (SELECT past.new_value FROM host_history past WHERE past.host_id = ${hostId} AND past.fact = ${fact} AND past.port IS NULL
          ORDER BY past.observed_at DESC, past.id DESC LIMIT 1) AS value,
        (SELECT max(past.observed_at) + interval '1 microsecond' FROM host_history past
          WHERE past.host_id = ${hostId} AND past.fact = ${fact} AND past.port IS NULL) AS earliest
    ), reported AS (
      INSERT INTO host_history (host_id, fact, old_value, new_value, actor, observed_at, recorded_at)
      SELECT ${hostId}, ${fact}, before.value, ${value}, ${actor}, greatest(${at}::timestamptz, before.earliest), clock_timestamp()
      FROM before WHERE coalesce(before.value, ${omitted}) IS DISTINCT FROM ${value}::text
      RETURNING old_value, new_value, recorded_at
    ), written AS (
      INSERT INTO host_edits (edit_id, host_id, kind, old_value, new_value, created_at)
      SELECT ${editId}::bigint, ${hostId}::bigint, ${fact}, coalesce(reported.old_value, ${omitted}::text), reported.new_value, reported.recorded_at FROM reported
    )
    UPDATE hosts SET ${sql.ref(fact)} = ${columnValue(fact)} FROM reported WHERE hosts.id = ${hostId} RETURNING hosts.id`.execute(
    executor,
  );
  return rows.length === 1;
}

function columnValue(fact: EditedFact): RawBuilder<unknown> {
  const value = sql`reported.new_value::${sql.raw(COLUMN_TYPES[fact])}`;
  return fact === 'ignored' ? sql`coalesce(${value}, false)` : value;
}

export interface FactBefore {
  readonly hostUid: string;
  readonly fact: EditedFact;
  /** As history writes it. */
  readonly value: string | null;
}

/** The facts that hosts had before an edit, where they still are what it made them, and nobody said so again. */
export async function factsBefore(
  executor: Executor,
  { editId, reaffirmedBy }: PastEdit,
): Promise<readonly FactBefore[]> {
  const standing = sql.join(
    EDITED_FACTS.map((fact) => sql`WHEN ${sql.lit(fact)} THEN host.${sql.ref(fact)}::text`),
    sql` `,
  );
  const { rows } = await sql<FactBefore>`
    SELECT host.uid AS "hostUid", past.kind AS fact, past.old_value AS value
    FROM host_edits past JOIN hosts host ON host.id = past.host_id
    WHERE past.edit_id = ${editId} AND past.kind IN (${valueList(EDITED_FACTS)})
      AND CASE past.kind ${standing} END IS NOT DISTINCT FROM past.new_value AND ${isUnreferenced(reaffirmedBy)}
    ORDER BY past.host_id, past.id`.execute(executor);
  return rows;
}

/** The hosts that an edit gave something of this kind. */
export async function hostsGiven(
  executor: Executor,
  editId: number,
  kind: AnnotationKind,
): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT DISTINCT host_id AS id FROM host_edits WHERE edit_id = ${editId} AND kind = ${kind} AND new_value IS NOT NULL`.execute(
    executor,
  );
  return rows.map(({ id }) => id);
}
