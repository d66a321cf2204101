import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** What is stored of one scan, as it lies there: for who holds it against what must be there. */
export interface StoredPort {
  readonly address: string;
  readonly port: number;
  readonly state: string;
  /** Rows of it; more than one is a duplicate. */
  readonly rows: number;
}

export interface StoredBatch {
  readonly shardId: number;
  readonly seq: number;
  readonly token: number;
  readonly first: number;
  readonly end: number;
  /** When its transaction began, by PostgreSQL's clock. */
  readonly recordedAt: Date;
}

export interface ShardHolder {
  readonly owner: string;
  readonly token: number;
}

export async function storedPorts(executor: Executor, uid: string): Promise<readonly StoredPort[]> {
  const { rows } = await sql<StoredPort>`
    SELECT host(host.ip_address) AS address, raw.port, raw.state, count(*)::int AS rows
    FROM port_scans raw JOIN scan_jobs job ON job.id = raw.job_id LEFT JOIN hosts host ON host.id = raw.host_id
    WHERE job.uid = ${uid} GROUP BY host.ip_address, raw.port, raw.state`.execute(executor);
  return rows;
}

/** In the order of their shards and numbers. */
export async function storedBatches(executor: Executor, uid: string): Promise<readonly StoredBatch[]> {
  const { rows } = await sql<StoredBatch>`
    SELECT batch.shard_id AS "shardId", batch.seq, batch.lease_token AS token, batch.first_position AS first,
      batch.end_position AS "end", batch.recorded_at AS "recordedAt"
    FROM scan_batches batch JOIN scan_jobs job ON job.id = batch.job_id
    WHERE job.uid = ${uid} ORDER BY batch.shard_id, batch.seq`.execute(executor);
  return rows;
}

/** Who holds a part of the scan now; undefined while nobody does. */
export async function shardHolder(executor: Executor, uid: string): Promise<ShardHolder | undefined> {
  const { rows } = await sql<ShardHolder>`
    SELECT shard.lease_owner AS owner, shard.lease_token AS token
    FROM scan_shards shard JOIN scan_jobs job ON job.id = shard.job_id
    WHERE job.uid = ${uid} AND shard.lease_expires_at > clock_timestamp()
    ORDER BY shard.number LIMIT 1`.execute(executor);
  return rows[0];
}

/** Process numbers of the server's sessions that belong to programs of ours, but for the one that asks. */
export async function sessionProcesses(executor: Executor): Promise<readonly number[]> {
  const { rows } = await sql<{ pid: number }>`
    SELECT pid FROM pg_stat_activity
    WHERE application_name LIKE 'scanorama%' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    ORDER BY pid`.execute(executor);
  return rows.map(({ pid }) => pid);
}

/** Sessions that hold a transaction open and have said nothing in it for so long. */
export async function idleTransactions(executor: Executor, idleMs: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE state LIKE 'idle in transaction%'
      AND state_change < clock_timestamp() - ${idleMs} * interval '1 millisecond'`.execute(executor);
  return rows[0]?.count ?? 0;
}
