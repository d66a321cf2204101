import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { IS_ALIVE } from '#store/workers/workers.js';

/** A scan with work left of which nothing is heard. */
export interface StalledScan {
  readonly uid: string;
  /** When the last of those who hold its shards was heard of. */
  readonly receivedAt: Date;
  /** Until when nobody else may go on with it; null once somebody may. */
  readonly heldUntil: Date | null;
}

/** Those of these scans whose holders are all silent: gone without a goodbye, or past their leases. */
export async function stalledScans(
  executor: Executor,
  uids: readonly string[],
): Promise<readonly StalledScan[]> {
  const { rows } = await sql<StalledScan>`
    SELECT job.uid, max(least(shard.lease_expires_at, worker.heartbeat_at)) AS "receivedAt",
      CASE WHEN min(shard.lease_expires_at) > clock_timestamp() THEN min(shard.lease_expires_at) END AS "heldUntil"
    FROM scan_jobs job JOIN scan_shards shard ON shard.job_id = job.id
    LEFT JOIN workers worker ON worker.name = shard.lease_owner
    WHERE job.uid = ANY(${uids}::uuid[]) AND shard.checkpoint < shard.end_position AND shard.lease_owner IS NOT NULL
    GROUP BY job.id
    HAVING NOT bool_or(shard.lease_expires_at > clock_timestamp() AND (worker.id IS NULL OR ${IS_ALIVE}))`.execute(
    executor,
  );
  return rows;
}
