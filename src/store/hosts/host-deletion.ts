import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { lockAddresses } from '#store/ports/address-locks.js';

/** A host, deleted or not, as far as deleting it needs to know. */
export interface DeletableHost {
  readonly id: number;
  readonly uid: string;
  readonly address: string;
  readonly isDeleted: boolean;
}

/**
 * The host with this uid; `not_found`. No batch stores anything of its address until the transaction ends, nor is one
 * doing so now.
 */
export async function lockHostToDelete(executor: Executor, uid: string): Promise<DeletableHost> {
  const { rows: found } = await sql<{ siteId: number; address: string }>`
    SELECT site_id AS "siteId", host(ip_address) AS address FROM hosts WHERE uid = ${uid}`.execute(executor);
  if (found[0] !== undefined) await lockAddresses(executor, found[0].siteId, [found[0].address]);
  const { rows } = await sql<DeletableHost>`
    SELECT id, uid, host(ip_address) AS address, deleted_at IS NOT NULL AS "isDeleted"
    FROM hosts WHERE uid = ${uid} FOR NO KEY UPDATE`.execute(executor);
  const row = rows[0];
  if (row === undefined) throw noSuchHost(uid);
  return row;
}

/** The id of the site of a host; `not_found`. */
export async function siteOfHost(executor: Executor, uid: string): Promise<number> {
  const { rows } = await sql<{
    siteId: number;
  }>`SELECT site_id AS "siteId" FROM hosts WHERE uid = ${uid}`.execute(executor);
  if (rows[0] === undefined) throw noSuchHost(uid);
  return rows[0].siteId;
}

export function noSuchHost(uid: string): ScanoramaError {
  return new ScanoramaError('not_found', `There is no host with the id ${uid}.`, { at: uid });
}

export interface Deletion {
  readonly hostId: number;
  readonly isDeleted: boolean;
  readonly actor: string;
  /** By the clock of who asks for it. */
  readonly at: Date;
}

/**
 * Deletes a locked host or takes that back, as a fact of its history. It is dated behind everything that is known of the
 * host, also where the clock of an observer is ahead: what was seen is what somebody wants to be rid of. Two of them never
 * begin at once, however fast they are asked for.
 */
export async function setHostDeleted(executor: Executor, deletion: Deletion): Promise<void> {
  const { hostId, isDeleted, actor, at } = deletion;
  await sql`
    WITH time AS (
      SELECT greatest(${at}::timestamptz, host.last_seen, (
        SELECT max(past.observed_at) + interval '1 microsecond' FROM host_history past WHERE past.host_id = host.id AND past.fact = 'deleted')) AS at
      FROM hosts host WHERE host.id = ${hostId}
    ), marked AS (
      UPDATE hosts SET deleted_at = CASE WHEN ${isDeleted}::boolean THEN time.at END FROM time WHERE id = ${hostId}
    )
    INSERT INTO host_history (host_id, fact, old_value, new_value, actor, observed_at, recorded_at)
    SELECT ${hostId}, 'deleted', (
        SELECT past.new_value FROM host_history past WHERE past.host_id = ${hostId} AND past.fact = 'deleted'
        ORDER BY past.observed_at DESC, past.id DESC LIMIT 1),
      ${String(isDeleted)}, ${actor}, time.at, clock_timestamp() FROM time`.execute(executor);
}

/**
 * Removes a locked host with all that is known of it. Scans keep their ledger and what they asked of the address; what
 * they lose is counted, so that their books still balance. Needs the removal turn.
 */
export async function removeHost(executor: Executor, hostId: number): Promise<void> {
  await sql`
    INSERT INTO scan_rows_removed AS standing (job_id, cause, hosts, listed_ports, findings)
    SELECT job_id, 'host', sum(hosts), sum(listed_ports), sum(findings) FROM (
      SELECT job_id, 1 AS hosts, 0 AS listed_ports, 0 AS findings FROM scan_hosts WHERE host_id = ${hostId}
      UNION ALL SELECT job_id, 0, 1, 0 FROM port_scans WHERE host_id = ${hostId}
      UNION ALL SELECT job_id, 0, 0, 1 FROM scan_findings WHERE host_id = ${hostId}) AS gone
    GROUP BY job_id ORDER BY job_id
    ON CONFLICT (job_id, cause, month) DO UPDATE SET hosts = standing.hosts + excluded.hosts,
      listed_ports = standing.listed_ports + excluded.listed_ports, findings = standing.findings + excluded.findings`.execute(
    executor,
  );
  await sql`DELETE FROM hosts WHERE id = ${hostId}`.execute(executor);
}
