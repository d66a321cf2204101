import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { mayBeRunBy, type ShardTaker } from '#store/scans/eligible-workers.js';
import { IS_ALIVE, IS_TAKING, isServedBy } from '#store/workers/workers.js';

/** A claimed shard: what its holder may run, from where, and under which token it writes. */
export interface Lease {
  readonly shardId: number;
  readonly shardNumber: number;
  readonly jobId: number;
  readonly token: number;
  readonly firstPosition: number;
  readonly endPosition: number;
  readonly checkpoint: number;
  readonly nextBatch: number;
  readonly blockStartedAt: Date | null;
}

export async function insertShards(
  executor: Executor,
  jobId: number,
  ranges: readonly { readonly first: number; readonly end: number }[],
): Promise<void> {
  await sql`
    INSERT INTO scan_shards (job_id, number, first_position, end_position, checkpoint)
    SELECT ${jobId}, ordinality - 1, first, "end", first
    FROM unnest(${ranges.map((range) => range.first)}::bigint[], ${ranges.map((range) => range.end)}::bigint[])
      WITH ORDINALITY AS range(first, "end", ordinality)`.execute(executor);
}

export interface ShardClaim {
  readonly shardId: number;
  readonly owner: string;
  readonly leaseMs: number;
  /** Addresses of the machine it will be run on. */
  readonly ownAddresses?: readonly string[];
}

/**
 * Takes the lease of a shard that has work left and no living holder, raising its token so that
 * whoever held it before can write no more (I6). Undefined when there is nothing to take.
 */
export async function claimShard(executor: Executor, claim: ShardClaim): Promise<Lease | undefined> {
  const { rows } = await sql<Lease>`
    UPDATE scan_shards SET
      lease_token = lease_token + 1,
      lease_owner = ${claim.owner},
      lease_expires_at = clock_timestamp() + ${claim.leaseMs} * interval '1 millisecond',
      probed_from = ARRAY(SELECT DISTINCT unnest(probed_from || ${claim.ownAddresses ?? []}::inet[]))
    WHERE id = ${claim.shardId} AND checkpoint < end_position
      AND (lease_expires_at IS NULL OR lease_expires_at <= clock_timestamp())
    RETURNING id AS "shardId", number AS "shardNumber", job_id AS "jobId", lease_token AS token,
      first_position AS "firstPosition", end_position AS "endPosition", checkpoint, next_batch AS "nextBatch",
      block_started_at AS "blockStartedAt"`.execute(executor);
  return rows[0];
}

export interface LeaseProof {
  readonly shardId: number;
  readonly token: number;
}

/** Keeps a lease alive; false when it is no longer ours. */
export async function renewLease(executor: Executor, proof: LeaseProof, leaseMs: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE scan_shards SET lease_expires_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    WHERE id = ${proof.shardId} AND lease_token = ${proof.token} AND lease_owner IS NOT NULL`.execute(
    executor,
  );
  return numAffectedRows === 1n;
}

/** Gives a lease back so that the next claim need not wait for it to expire. */
export async function releaseLease(executor: Executor, proof: LeaseProof): Promise<void> {
  await sql`
    UPDATE scan_shards SET lease_owner = NULL, lease_expires_at = NULL
    WHERE id = ${proof.shardId} AND lease_token = ${proof.token}`.execute(executor);
}

/** Takes every lease of a scan away; nothing more is written under an old token (I8). */
export async function revokeLeases(executor: Executor, jobId: number): Promise<void> {
  await sql`
    UPDATE scan_shards SET lease_token = lease_token + 1, lease_owner = NULL, lease_expires_at = NULL
    WHERE job_id = ${jobId}`.execute(executor);
}

/** By how much a restore raises lease tokens: more than a shard can have been claimed since its backup was made. */
const RESTORED_TOKEN_LEAP = 1_000_000;

/**
 * Takes every lease away in a database that was restored. Tokens go on beyond all that were given out after the backup,
 * so that a worker of then can never write here.
 */
export async function retireLeases(executor: Executor): Promise<void> {
  await sql`
    UPDATE scan_shards SET lease_token = lease_token + ${RESTORED_TOKEN_LEAP}, lease_owner = NULL, lease_expires_at = NULL
    WHERE lease_owner IS NOT NULL OR checkpoint < end_position`.execute(executor);
}

export interface HeldShard {
  readonly checkpoint: number;
  readonly nextBatch: number;
}

/** Locks the shard for one batch and proves the lease; `lease_lost` when another holds it now. */
export async function lockShard(executor: Executor, proof: LeaseProof): Promise<HeldShard> {
  const { isHeld, ...shard } = await lockOwnShard(executor, proof);
  if (!isHeld) throw leaseLost(proof, proof.token);
  return shard;
}

/** The same, also once the lease was given back: `lease_lost` when somebody has claimed or revoked it since. */
export async function lockOwnShard(
  executor: Executor,
  proof: LeaseProof,
): Promise<HeldShard & { readonly isHeld: boolean }> {
  const { rows } = await sql<HeldShard & { readonly token: number; readonly isHeld: boolean }>`
    SELECT checkpoint, next_batch AS "nextBatch", lease_token AS token, lease_owner IS NOT NULL AS "isHeld"
    FROM scan_shards WHERE id = ${proof.shardId} FOR NO KEY UPDATE`.execute(executor);
  const shard = rows[0];
  if (shard?.token !== proof.token) throw leaseLost(proof, shard?.token ?? null);
  const { checkpoint, nextBatch, isHeld } = shard;
  return { checkpoint, nextBatch, isHeld };
}

function leaseLost({ shardId, token }: LeaseProof, current: number | null): ScanoramaError {
  return new ScanoramaError(
    'lease_lost',
    'Another worker took over this part of the scan, or the scan was stopped.',
    { facts: { shard: shardId, token, current_token: current } },
  );
}

export interface ShardAdvance {
  readonly shardId: number;
  readonly end: number;
  readonly blockStartedAt: Date | null;
  readonly probesSent: number;
  readonly probesAnswered: number;
  readonly listedPorts: number;
  readonly skipped: number;
  readonly hostsUp: number;
  /** Why something in the batch could not be seen; the first one of a shard is kept. */
  readonly partial?: string | undefined;
}

/** Moves the checkpoint of a locked shard behind a batch that was just written. */
export async function advanceShard(executor: Executor, advance: ShardAdvance): Promise<void> {
  await sql`
    UPDATE scan_shards SET
      checkpoint = ${advance.end},
      next_batch = next_batch + 1,
      block_started_at = ${advance.blockStartedAt},
      probes_sent = probes_sent + ${advance.probesSent},
      probes_answered = probes_answered + ${advance.probesAnswered},
      listed_ports = listed_ports + ${advance.listedPorts},
      skipped = skipped + ${advance.skipped},
      hosts_up = hosts_up + ${advance.hostsUp},
      partial_reason = coalesce(partial_reason, ${advance.partial ?? null})
    WHERE id = ${advance.shardId}`.execute(executor);
}

/** What one sweep looks at. */
export interface DiscoveryScope {
  /** Uids of the scans it may touch; undefined means all. */
  readonly only: readonly string[] | undefined;
  readonly limit: number;
}

function withinScope(only: readonly string[] | undefined) {
  return sql`job.deleted_at IS NULL AND (${only ?? null}::uuid[] IS NULL OR job.uid = ANY(${only ?? null}::uuid[]))`;
}

/** How many shards of one scan one program may hold, and which scans it may run at all. */
export interface ShardShare extends ShardTaker {
  readonly owner: string;
  readonly perScan: number;
}

/** Shards with work left and no living holder, oldest scans first, of each no more than its share. */
export async function runnableShards(
  executor: Executor,
  { only, limit }: DiscoveryScope,
  { owner, perScan, ...taker }: ShardShare,
): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT free.id FROM (
      SELECT shard.id, shard.job_id, shard.number,
        row_number() OVER (PARTITION BY shard.job_id ORDER BY shard.number) AS place,
        (SELECT count(*) FROM scan_shards held WHERE held.job_id = shard.job_id AND ${heldBy(owner)}) AS held
      FROM scan_shards shard JOIN scan_jobs job ON job.id = shard.job_id
      WHERE shard.checkpoint < shard.end_position
        AND (shard.lease_expires_at IS NULL OR shard.lease_expires_at <= clock_timestamp())
        AND job.status IN ('pending', 'running') AND job.stop_requested_at IS NULL AND job.engine <> 'import'
        AND ${withinScope(only)} AND ${mayBeRunBy(taker)}
    ) AS free
    WHERE free.place + free.held <= ${perScan}
    ORDER BY free.job_id, free.number LIMIT ${limit}`.execute(executor);
  return rows.map((row) => row.id);
}

/** Whether `owner` lives on the row `held`. */
function heldBy(owner: string) {
  return sql`(held.lease_owner = ${owner} AND held.lease_expires_at > clock_timestamp())`;
}

/** How many shards of a scan a program holds now. */
export async function countHeldShards(executor: Executor, jobId: number, owner: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM scan_shards held WHERE held.job_id = ${jobId} AND ${heldBy(owner)}`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}

/** The shards of one scan that have work left. */
export async function unfinishedShardsOf(executor: Executor, jobId: number): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM scan_shards WHERE job_id = ${jobId} AND checkpoint < end_position ORDER BY number`.execute(
    executor,
  );
  return rows.map((row) => row.id);
}

/**
 * Scans that nobody will move any more by themselves: everything is committed but the finishing
 * transaction is missing, or a stop was asked for and its worker is gone.
 */
export async function stalledScans(
  executor: Executor,
  { only, limit }: DiscoveryScope,
): Promise<readonly StalledScan[]> {
  const { rows } = await sql<StalledScan>`
    SELECT job.uid, job.stop_requested_at IS NOT NULL AS "stopRequested"
    FROM scan_jobs job
    WHERE job.status IN ('pending', 'running') AND ${withinScope(only)}
      AND NOT EXISTS (SELECT FROM scan_shards shard WHERE shard.job_id = job.id
        AND (shard.lease_expires_at > clock_timestamp()
             OR (job.stop_requested_at IS NULL AND shard.checkpoint < shard.end_position)))
    ORDER BY job.id LIMIT ${limit}`.execute(executor);
  return rows;
}

/** Running scans that somebody left in the middle: a holder died, and nobody else holds anything. */
export async function abandonedScans(executor: Executor): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    SELECT job.uid FROM scan_jobs job
    WHERE job.status = 'running' AND job.stop_requested_at IS NULL AND job.deleted_at IS NULL AND job.engine <> 'import'
      AND EXISTS (SELECT FROM scan_shards shard WHERE shard.job_id = job.id
        AND shard.checkpoint < shard.end_position AND shard.lease_expires_at <= clock_timestamp())
      AND NOT EXISTS (SELECT FROM scan_shards shard WHERE shard.job_id = job.id
        AND shard.lease_expires_at > clock_timestamp())
    ORDER BY job.id`.execute(executor);
  return rows.map((row) => row.uid);
}

/**
 * The same of holders that nobody expects back: their lease ran out so long ago, and no worker of that name is there. A
 * holder that was only cut off goes on with its lease. Also those that nobody holds, and nobody is there to take.
 */
export async function orphanedScans(executor: Executor, goneForMs: number): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    SELECT job.uid FROM scan_jobs job
    WHERE job.status = 'running' AND job.stop_requested_at IS NULL AND job.deleted_at IS NULL AND job.engine <> 'import'
      AND EXISTS (SELECT FROM scan_shards shard WHERE shard.job_id = job.id AND shard.checkpoint < shard.end_position)
      AND NOT EXISTS (SELECT FROM scan_shards shard WHERE shard.job_id = job.id AND shard.lease_owner IS NOT NULL
        AND (shard.lease_expires_at > clock_timestamp() - ${goneForMs} * interval '1 millisecond'
          OR EXISTS (SELECT FROM workers worker WHERE worker.name = shard.lease_owner AND ${IS_ALIVE})))
      AND (EXISTS (SELECT FROM scan_shards shard WHERE shard.job_id = job.id AND shard.lease_owner IS NOT NULL)
        OR NOT EXISTS (SELECT FROM workers worker WHERE ${IS_TAKING} AND ${isServedBy(sql`worker.site_id`)}))
    ORDER BY job.id`.execute(executor);
  return rows.map((row) => row.uid);
}

export interface StalledScan {
  readonly uid: string;
  readonly stopRequested: boolean;
}

/** True while somebody may still write for this scan. */
export async function hasLiveLease(executor: Executor, jobId: number): Promise<boolean> {
  const { rows } = await sql<{ live: boolean }>`
    SELECT EXISTS (SELECT FROM scan_shards WHERE job_id = ${jobId} AND lease_expires_at > clock_timestamp()) AS live`.execute(
    executor,
  );
  return rows[0]?.live ?? false;
}

/** The scan a shard belongs to. */
export async function findShardJob(executor: Executor, shardId: number): Promise<number | undefined> {
  const { rows } = await sql<{
    jobId: number;
  }>`SELECT job_id AS "jobId" FROM scan_shards WHERE id = ${shardId}`.execute(executor);
  return rows[0]?.jobId;
}

/** True when some shard of the scan could not see everything. */
export async function isPartial(executor: Executor, jobId: number): Promise<boolean> {
  const { rows } = await sql<{ partial: boolean }>`
    SELECT EXISTS (SELECT FROM scan_shards WHERE job_id = ${jobId} AND partial_reason IS NOT NULL) AS partial`.execute(
    executor,
  );
  return rows[0]?.partial ?? false;
}
