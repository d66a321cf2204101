import { sql } from 'kysely';
import type { FieldType } from '#domain/fields/custom-field.js';
import type { Executor } from '#store/database/database.js';
import { INHERITED_OWNER } from '#store/hosts/host-owner.js';

/** A tag on a host. */
export interface HostTag {
  readonly hostId: number;
  readonly name: string;
  readonly color: string | null;
}

/** The tags of some hosts, those of each in the order of their names. */
export async function tagsOf(executor: Executor, hostIds: readonly number[]): Promise<readonly HostTag[]> {
  const { rows } = await sql<HostTag>`
    SELECT standing.host_id AS "hostId", tag.name, tag.color
    FROM host_tags standing JOIN tags tag ON tag.id = standing.tag_id
    WHERE standing.host_id = ANY(${hostIds}::bigint[]) ORDER BY standing.host_id, tag.key COLLATE "C"`.execute(
    executor,
  );
  return rows;
}

/** Whose a host is, and by which network where it is not so by itself. */
export interface HostOwner {
  readonly name: string;
  readonly contact: string | null;
  readonly network: string | null;
}

export async function ownerOf(executor: Executor, hostId: number): Promise<HostOwner | undefined> {
  const { rows } = await sql<HostOwner>`
    SELECT owner.name, owner.contact, CASE WHEN own.owner_id IS NULL THEN inherited.network END AS network
    FROM hosts host LEFT JOIN host_owners own ON own.host_id = host.id LEFT JOIN LATERAL (${INHERITED_OWNER}) AS inherited ON true
    JOIN owners owner ON owner.id = coalesce(own.owner_id, inherited.owner_id)
    WHERE host.id = ${hostId}`.execute(executor);
  return rows[0];
}

export interface HostFieldValue {
  readonly name: string;
  readonly type: FieldType;
  readonly value: string;
}

export async function fieldValuesOf(executor: Executor, hostId: number): Promise<readonly HostFieldValue[]> {
  const { rows } = await sql<HostFieldValue>`
    SELECT field.name, field.type, standing.value
    FROM host_field_values standing JOIN custom_fields field ON field.id = standing.field_id
    WHERE standing.host_id = ${hostId} ORDER BY field.name COLLATE "C"`.execute(executor);
  return rows;
}

export interface HostNote {
  readonly uid: string;
  readonly text: string;
  readonly author: string;
  readonly writtenAt: Date;
}

/** The notes on a host, the newest first. */
export async function notesOf(executor: Executor, hostId: number): Promise<readonly HostNote[]> {
  const { rows } = await sql<HostNote>`
    SELECT uid, text, author, written_at AS "writtenAt" FROM host_notes
    WHERE host_id = ${hostId} AND removed_at IS NULL ORDER BY id DESC`.execute(executor);
  return rows;
}

/** A host with more notes than so many, if there is one among these. */
export async function hostWithTooManyNotes(
  executor: Executor,
  hostIds: readonly number[],
  limit: number,
): Promise<string | undefined> {
  const { rows } = await sql<{ address: string }>`
    SELECT host(host.ip_address) AS address FROM hosts host WHERE host.id = (
      SELECT host_id FROM host_notes WHERE host_id = ANY(${hostIds}::bigint[]) AND removed_at IS NULL
      GROUP BY host_id HAVING count(*) > ${limit} ORDER BY host_id LIMIT 1)`.execute(executor);
  return rows[0]?.address;
}

/** The static groups that a host is listed in, by name. */
export async function staticGroupsOf(executor: Executor, hostId: number): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT host_group.name FROM host_group_members member JOIN host_groups host_group ON host_group.id = member.group_id
    WHERE member.host_id = ${hostId} ORDER BY host_group.key COLLATE "C"`.execute(executor);
  return rows.map(({ name }) => name);
}
