import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import { labelKey } from '#domain/fields/label-name.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import type { Page } from '#store/scans/scan-views.js';

export interface OwnerView {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly contact: string | null;
  /** Hosts that are theirs by themselves, deleted ones too: each keeps the owner from being removed. */
  readonly hosts: number;
  readonly networks: readonly string[];
  readonly createdBy: string;
  readonly createdAt: Date;
}

const OWNER_VIEW = sql`
  SELECT owner.id, owner.uid, owner.name, owner.contact, owner.created_by AS "createdBy", owner.created_at AS "createdAt",
    (SELECT count(*) FROM host_owners WHERE owner_id = owner.id) AS hosts,
    ARRAY(SELECT network.name FROM network_owners own JOIN networks network ON network.id = own.network_id
      WHERE own.owner_id = owner.id ORDER BY network.name COLLATE "C", network.id) AS networks
  FROM owners owner`;

export async function listOwners(executor: Executor, page: Page): Promise<readonly OwnerView[]> {
  const { rows } = await sql<OwnerView>`
    ${OWNER_VIEW} ORDER BY owner.key COLLATE "C" LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countOwners(executor: Executor): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM owners`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** An owner by id or by name, whatever its case; `not_found`. */
export async function findOwner(executor: Executor, term: string): Promise<OwnerView> {
  const { rows } = await (isUid(term)
    ? sql<OwnerView>`${OWNER_VIEW} WHERE owner.uid = ${term}`
    : sql<OwnerView>`${OWNER_VIEW} WHERE owner.key = ${labelKey(term)}`
  ).execute(executor);
  const row = rows[0];
  if (row === undefined)
    throw new ScanoramaError('not_found', `There is no owner called ${quote(term)}.`, {
      at: term,
      hint: '`scanorama owners add NAME` makes one; `scanorama owners list` shows them.',
    });
  return row;
}

export async function hasOwner(executor: Executor, name: string): Promise<boolean> {
  const { rows } = await sql`SELECT id FROM owners WHERE key = ${labelKey(name)}`.execute(executor);
  return rows.length > 0;
}

export interface NewOwner {
  readonly uid: string;
  readonly name: string;
  readonly contact: string | null;
  readonly actor: string;
}

/** False when the name is taken. */
export async function insertOwner(executor: Executor, owner: NewOwner): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO owners (uid, name, key, contact, created_by, updated_by)
    VALUES (${owner.uid}, ${owner.name}, ${labelKey(owner.name)}, ${owner.contact}, ${owner.actor}, ${owner.actor})
    ON CONFLICT (key) DO NOTHING`.execute(executor);
  return numAffectedRows === 1n;
}

export async function updateOwner(
  executor: Executor,
  id: number,
  change: { readonly name: string; readonly contact: string | null; readonly actor: string },
): Promise<void> {
  await sql`
    UPDATE owners SET name = ${change.name}, key = ${labelKey(change.name)}, contact = ${change.contact},
      updated_by = ${change.actor}, updated_at = clock_timestamp()
    WHERE id = ${id}`.execute(executor);
}

export async function deleteOwner(executor: Executor, id: number): Promise<void> {
  await sql`DELETE FROM owners WHERE id = ${id}`.execute(executor);
}

/** Gives a network to an owner, or to nobody. */
export async function setNetworkOwner(
  executor: Executor,
  networkId: number,
  { ownerId, actor }: { readonly ownerId: number | null; readonly actor: string },
): Promise<void> {
  if (ownerId === null) {
    await sql`DELETE FROM network_owners WHERE network_id = ${networkId}`.execute(executor);
    return;
  }
  await sql`
    INSERT INTO network_owners (network_id, owner_id, assigned_by, assigned_at)
    VALUES (${networkId}, ${ownerId}, ${actor}, clock_timestamp())
    ON CONFLICT (network_id) DO UPDATE SET owner_id = excluded.owner_id, assigned_by = excluded.assigned_by,
      assigned_at = excluded.assigned_at WHERE network_owners.owner_id <> excluded.owner_id`.execute(
    executor,
  );
}
