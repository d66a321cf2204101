import { sql } from 'kysely';
import { claimShard } from '#store/scans/scan-shards.js';
import type { BatchPlace } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { startScan } from '#work/scans/start-scan.js';

/** Stores a scan through the use case that the API and the command line call (nothing is sent for it) and claims its only shard. */
export async function claimedScan(context: WorkContext, targets: string, ports: string): Promise<BatchPlace> {
  const uid = await startScan(
    context,
    {
      targets: [targets],
      exclude: [],
      ports,
      rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: false },
      name: null,
      description: null,
      site: 'default',
      scanType: 'auto',
      liveHosts: false,
      confirmLarge: false,
      confirmUnscoped: true,
      outsideScope: false,
      actor: 'test',
    },
    new AbortController().signal,
  );
  const { rows } = await sql<{ id: number; shardId: number; siteId: number }>`
    SELECT job.id, shard.id AS "shardId", site_id AS "siteId"
    FROM scan_jobs job JOIN scan_shards shard ON shard.job_id = job.id WHERE job.uid = ${uid}`.execute(
    context.store.read,
  );
  const row = rows[0];
  if (row === undefined) throw new Error('the scan was not stored');
  const lease = await claimShard(context.store.read, {
    shardId: row.shardId,
    owner: 'test',
    leaseMs: 600_000,
  });
  if (lease === undefined) throw new Error('the shard could not be claimed');
  return {
    job: { id: row.id, uid },
    siteId: row.siteId,
    shardId: row.shardId,
    shardNumber: 0,
    token: lease.token,
    seq: 0,
    blockStartedAt: new Date('2026-01-01T00:00:00Z'),
    endsBlock: false,
  };
}
