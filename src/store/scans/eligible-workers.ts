import { sql } from 'kysely';
import type { DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import type { EngineName } from '#domain/scans/scan-type.js';
import type { Executor } from '#store/database/database.js';
import { IS_TAKING, isServedBy } from '#store/workers/workers.js';

/** What a machine can ask with, as far as a scan may want it. */
export interface Abilities {
  readonly engines: readonly EngineName[];
  readonly rawPackets: boolean;
  readonly liveHosts: boolean;
  /** nmap, with the raw packets that it needs for UDP ports and operating systems. */
  readonly privilegedNmap: boolean;
}

export interface ShardTaker {
  /** Null: of every site that has no workers of its own. */
  readonly siteId: number | null;
  /** Null: whatever the scan wants, since it was made for this very program. */
  readonly abilities: Abilities | null;
}

/** Hardware addresses are asked for by raw packets; a machine without them leaves that to one of the site that has them. */
const RAW_DISCOVERIES: readonly DiscoveryMethod[] = ['arp', 'ndp'];

/** Whether the scan `job` may be run from there. */
export function mayBeRunBy({ siteId, abilities }: ShardTaker) {
  const isServed = isServedBy(sql`${siteId}::bigint`);
  if (abilities === null) return isServed;
  const { engines, rawPackets, liveHosts, privilegedNmap } = abilities;
  return sql`(${isServed} AND job.engine = ANY(${engines}::text[]) AND (${liveHosts}::boolean OR NOT job.live_hosts)
    AND (${privilegedNmap}::boolean OR job.engine <> 'nmap' OR (job.os_detection IS NOT TRUE AND job.ports NOT LIKE '%U:%'))
    AND (${rawPackets}::boolean OR NOT coalesce(job.discovery_methods && ${RAW_DISCOVERIES}::text[], false)
      OR NOT EXISTS (SELECT FROM workers worker WHERE ${IS_TAKING} AND ${isServedBy(sql`worker.site_id`)}
        AND (worker.capabilities -> 'facts' -> 'rawPackets') = 'true'::jsonb)))`;
}

/** The same asked of one scan, at its claim. */
export async function mayRunScan(executor: Executor, jobId: number, taker: ShardTaker): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`
    SELECT ${mayBeRunBy(taker)} AS may FROM scan_jobs job WHERE job.id = ${jobId}`.execute(executor);
  return rows[0]?.may ?? false;
}
