import { sql } from 'kysely';
import type { Reason } from '#domain/ports/port-state.js';
import type { Executor } from '#store/database/database.js';
import type { Page } from '#store/scans/scan-views.js';

/** What one discovery run learnt of an address: a host that showed itself, or a name alone. */
export interface DiscoveredView {
  readonly address: string;
  readonly hostUid: string | null;
  /** Null where a name is all there is. */
  readonly reason: Reason | null;
  readonly roundTripMicroseconds: number | null;
  readonly observedAt: Date;
  readonly mac: string | null;
  readonly name: string | null;
}

/** All of it as the run stored it, so that it never changes: who showed himself, and the names of others. */
function discovered(uid: string) {
  return sql`
    SELECT host.ip_address AS ip, host.id, host.uid, seen.reason, seen.round_trip_us, seen.observed_at, NULL::text AS name
    FROM scan_jobs job JOIN scan_hosts seen ON seen.job_id = job.id JOIN hosts host ON host.id = seen.host_id WHERE job.uid = ${uid}
    UNION ALL
    SELECT host.ip_address, host.id, host.uid, NULL, NULL, found.observed_at, NULL
    FROM scan_jobs job JOIN scan_findings found ON found.job_id = job.id AND found.fact = 'hostname' JOIN hosts host ON host.id = found.host_id
    WHERE job.uid = ${uid} AND NOT EXISTS (SELECT FROM scan_hosts seen WHERE seen.job_id = job.id AND seen.host_id = host.id)
    UNION ALL
    SELECT reported.address, NULL, NULL, NULL, NULL, reported.observed_at, reported.name
    FROM scan_jobs job JOIN scan_names reported ON reported.job_id = job.id WHERE job.uid = ${uid}`;
}

/** A page of it in the order of addresses. */
export async function listDiscovered(
  executor: Executor,
  uid: string,
  page: Page,
): Promise<readonly DiscoveredView[]> {
  const { rows } = await sql<DiscoveredView>`
    SELECT host(found.ip) AS address, found.uid AS "hostUid", found.reason, found.round_trip_us AS "roundTripMicroseconds",
      found.observed_at AS "observedAt", mac.value AS mac, coalesce(found.name, name.value) AS name
    FROM (${discovered(uid)} ORDER BY ip LIMIT ${page.limit} OFFSET ${page.offset}) AS found
    CROSS JOIN (SELECT id FROM scan_jobs WHERE uid = ${uid}) AS job
    LEFT JOIN scan_findings mac ON mac.job_id = job.id AND mac.host_id = found.id AND mac.fact = 'mac_address'
    LEFT JOIN scan_findings name ON name.job_id = job.id AND name.host_id = found.id AND name.fact = 'hostname'
    ORDER BY found.ip`.execute(executor);
  return rows;
}

export async function countDiscovered(executor: Executor, uid: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM (${discovered(uid)}) AS found`.execute(executor);
  return rows[0]?.count ?? 0;
}
