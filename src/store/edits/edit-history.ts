import { type RawBuilder, sql } from 'kysely';
import { ANNOTATION_KINDS, type AnnotationKind, EDITED_FACTS } from '#domain/hosts/host-edit-kind.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';
import { type AsOf, within } from '#store/history/as-of.js';

/**
 * `host_edits` with both clocks of history: what a person says is observed when it is recorded. Without the facts that
 * history tells of itself.
 */
const EDITS = sql`(SELECT *, created_at AS recorded_at, created_at AS observed_at FROM host_edits
  WHERE kind IN (${valueList(ANNOTATION_KINDS)}))`;

/** What people said of a host until a moment, in the columns that its other changes are listed with. */
export function editsOfHost(hostId: number, asOf: AsOf): RawBuilder<unknown> {
  return sql`
    SELECT CASE past.kind WHEN 'field' THEN 'field.' || past.label ELSE past.kind END AS fact, NULL::text AS protocol,
      NULL::int AS port, past.old_value AS "oldValue", past.new_value, NULL::text AS reason, NULL::bigint AS job_id,
      edit.actor, past.observed_at, past.recorded_at, past.id, past.edit_id
    FROM ${EDITS} AS past JOIN edits edit ON edit.id = past.edit_id
    WHERE past.host_id = ${hostId} AND ${within(asOf)}`;
}

/**
 * The edit behind a row of `change`. The history of a fact that people set does not name it; what the edit says of it was
 * written by the same statement (`editHost`), with the same instant.
 */
export const editOfChange = (
  hostId: number,
): RawBuilder<unknown> => sql`coalesce((SELECT edit.uid FROM edits edit WHERE edit.id = change.edit_id),
  (SELECT edit.uid FROM host_edits given JOIN edits edit ON edit.id = given.edit_id
    WHERE change.actor IS NOT NULL AND change.fact IN (${valueList(EDITED_FACTS)})
      AND given.host_id = ${hostId} AND given.kind = change.fact AND given.created_at = change.recorded_at LIMIT 1))`;

/** One thing that was said of a host and not taken back: names are those it had when it was said. */
export interface HostAnnotations {
  readonly hostId: number;
  readonly kind: AnnotationKind;
  /** The tag, group, field or note; null of an owner. */
  readonly subject: string | null;
  /** Of a field its name. */
  readonly label: string | null;
  readonly value: string;
  readonly actor: string;
  readonly at: Date;
}

/** What stood of some hosts at a past moment, by their edits alone. */
export async function annotationsOfHosts(
  executor: Executor,
  hostIds: readonly number[],
  asOf: AsOf,
): Promise<readonly HostAnnotations[]> {
  const { rows } = await sql<HostAnnotations>`
    SELECT newest.* FROM (
      SELECT DISTINCT ON (past.host_id, past.kind, past.subject) past.host_id AS "hostId", past.kind, past.subject, past.label,
        past.new_value AS value, edit.actor, past.created_at AS at
      FROM ${EDITS} AS past JOIN edits edit ON edit.id = past.edit_id
      WHERE past.host_id = ANY(${hostIds}::bigint[]) AND ${within(asOf)}
      ORDER BY past.host_id, past.kind, past.subject, past.id DESC) AS newest
    WHERE newest.value IS NOT NULL
    ORDER BY newest."hostId", newest.kind, lower(coalesce(newest.label, newest.value)) COLLATE "C"`.execute(
    executor,
  );
  return rows;
}
