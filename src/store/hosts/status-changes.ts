import { sql } from 'kysely';
import type { StatusChangeWarning } from '#domain/scans/warning.js';
import type { Executor } from '#store/database/database.js';

/** Addresses of those that turned alike that are told by name. */
const MAX_NAMED = 10;

interface StatusChangeRow {
  readonly status: 'down' | 'gone';
  readonly hosts: number;
  readonly addresses: readonly string[];
}

/** Whom a run turned down or gone by missing it, as long as nothing has turned it since. */
export async function statusChangesOf(
  executor: Executor,
  scanUid: string,
): Promise<readonly StatusChangeWarning[]> {
  const { rows } = await sql<StatusChangeRow>`
    WITH changed AS (
      SELECT host.status, host.ip_address FROM scan_jobs job JOIN scan_misses miss ON miss.job_id = job.id
        JOIN hosts host ON host.id = miss.host_id AND host.status_changed_job_id = job.id
      WHERE job.uid = ${scanUid} AND host.status IN ('down', 'gone'))
    SELECT status, count(*) AS hosts, ARRAY(SELECT host(named.ip_address) FROM changed named
      WHERE named.status = changed.status ORDER BY named.ip_address LIMIT ${MAX_NAMED}) AS addresses
    FROM changed GROUP BY status ORDER BY status`.execute(executor);
  return rows.map(({ status, hosts, addresses }) => ({
    kind: `host-${status}`,
    subject: addresses[0] ?? '',
    addresses,
    hosts,
  }));
}
