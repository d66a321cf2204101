import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import type { LinkRule } from '#store/devices/device-evidence.js';

/** Notes those of these hosts that no device has. */
export async function noteWithoutDevice(executor: Executor, hostIds: readonly number[]): Promise<void> {
  await sql`
    INSERT INTO device_queue (host_id)
    SELECT id FROM hosts WHERE id = ANY(${hostIds}::bigint[])
      AND NOT EXISTS (SELECT FROM device_hosts own WHERE own.host_id = hosts.id)
    ORDER BY id ON CONFLICT DO NOTHING`.execute(executor);
}

/** A site that has hosts whose devices are to be computed, none of these; undefined when no other has. */
export async function siteWithWork(
  executor: Executor,
  except: readonly number[],
): Promise<number | undefined> {
  const { rows } = await sql<{ siteId: number }>`
    SELECT host.site_id AS "siteId" FROM device_queue own JOIN hosts host ON host.id = own.host_id
    WHERE host.site_id <> ALL(${except}::bigint[]) LIMIT 1`.execute(executor);
  return rows[0]?.siteId;
}

export async function hostsWithWork(
  executor: Executor,
  siteId: number,
  limit: number,
): Promise<readonly number[]> {
  const { rows } = await sql<{ hostId: number }>`
    SELECT own.host_id AS "hostId" FROM device_queue own JOIN hosts host ON host.id = own.host_id
    WHERE host.site_id = ${siteId} ORDER BY own.host_id LIMIT ${limit}`.execute(executor);
  return rows.map(({ hostId }) => hostId);
}

/** What was noted of these hosts is done. */
export async function forgetWork(executor: Executor, hostIds: readonly number[]): Promise<void> {
  await sql`DELETE FROM device_queue WHERE host_id = ANY(${hostIds}::bigint[])`.execute(executor);
}

export async function haveWork(executor: Executor, hostIds: readonly number[]): Promise<boolean> {
  const { rows } = await sql`
    SELECT host_id FROM device_queue WHERE host_id = ANY(${hostIds}::bigint[]) LIMIT 1`.execute(executor);
  return rows.length > 0;
}

/** Hosts in the order of their ids, behind one of them: a slice of all there are. */
export async function hostSlice(
  executor: Executor,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly { readonly id: number; readonly siteId: number; readonly hasDevice: boolean }[]> {
  const { rows } = await sql<{ id: number; siteId: number; hasDevice: boolean }>`
    SELECT id, site_id AS "siteId", EXISTS (SELECT FROM device_hosts own WHERE own.host_id = hosts.id) AS "hasDevice"
    FROM hosts WHERE id > ${after} ORDER BY id LIMIT ${limit}`.execute(executor);
  return rows;
}

/** Those of these hosts that there are. */
export async function thoseThere(executor: Executor, hostIds: readonly number[]): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM hosts WHERE id = ANY(${hostIds}::bigint[]) ORDER BY id`.execute(executor);
  return rows.map(({ id }) => id);
}

/**
 * Notes everybody whom one host may hold together with others, before it is purged. Needs the device turn of the site.
 */
export async function noteNeighbors(
  executor: Executor,
  hostId: number,
  rules: readonly LinkRule[],
): Promise<void> {
  await sql`
    INSERT INTO device_queue (host_id)
    SELECT DISTINCT near.host_id FROM (
      SELECT theirs.host_id FROM device_hosts own JOIN device_hosts theirs ON theirs.device_id = own.device_id
      WHERE own.host_id = ${hostId}
      UNION ALL
      SELECT other.host_id FROM device_bindings own JOIN device_decision_bindings named ON named.binding_id = own.id
        JOIN device_decision_bindings with_it ON with_it.decision_id = named.decision_id
        JOIN device_bindings other ON other.id = with_it.binding_id
      WHERE own.host_id = ${hostId}
      UNION ALL
      SELECT theirs.host_id FROM device_evidence own
        JOIN unnest(${rules.map((r) => r.kind)}::text[], ${rules.map((r) => r.commonAbove)}::int[]) AS rule(kind, common_above)
          ON rule.kind = own.kind
        JOIN device_evidence theirs ON theirs.site_id = own.site_id AND theirs.kind = own.kind AND theirs.value = own.value
      WHERE own.host_id = ${hostId}
        -- One that is common stays so, or is common no more without this host.
        AND (SELECT count(*) FROM (SELECT DISTINCT host_id FROM device_evidence had WHERE had.site_id = own.site_id
          AND had.kind = own.kind AND had.value = own.value) AS each_host) <= rule.common_above + 1
    ) AS near WHERE near.host_id <> ${hostId}
    ORDER BY near.host_id ON CONFLICT DO NOTHING`.execute(executor);
}
