import { AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isEnded } from '#domain/scans/scan-status.js';
import type { Executor } from '#store/database/database.js';
import { storeWithin } from '#store/database/store.js';
import { recordEvent } from '#store/events/events.js';
import { mayRunScan, type ShardTaker } from '#store/scans/eligible-workers.js';
import { findScanJobById, lockScanJob, moveScanJob, type ScanJob } from '#store/scans/scan-jobs.js';
import { claimShard, countHeldShards, findShardJob, type Lease } from '#store/scans/scan-shards.js';
import { mayTakeWork } from '#store/workers/workers.js';
import type { Post, WorkContext } from '#work/context/context.js';
import { failScan, failureOf } from '#work/scans/end-scan.js';
import { mustConfirmScope } from '#work/scans/scan-scope.js';

/**
 * Shards of one scan that one program holds at once. They spend from one pace, so more of them are no faster
 * under a rate; without a bound the sixteen of a /16 kept every later scan waiting for as long as they ran. Two go on
 * while one of them waits for the last of its hosts; with four the prober of a scan of 16 million ports was 60 MB larger.
 */
export const MAX_HELD_SHARDS_PER_SCAN = 2;

/** A shard this program may run, and the scan it belongs to. */
export interface ClaimedShard {
  readonly job: ScanJob;
  readonly lease: Lease;
}

/**
 * Takes the lease of a shard and moves its scan to running; undefined when somebody else holds it, it
 * is done, its scan is settled or was asked to stop, it is not for this program (its site, its machine, a drain), or this
 * program holds its share of the scan. The lease alone
 * decides: a queue message only says that it is worth a look. A scan that has come to lie outside the scope of its site
 * while it waited fails instead, with `outside_scope`.
 */
export async function takeShard(context: WorkContext, shardId: number): Promise<ClaimedShard | undefined> {
  return context.store.transaction(async (executor) => {
    const jobId = await findShardJob(executor, shardId);
    if (jobId === undefined) return undefined;
    const { uid } = await findScanJobById(executor, jobId);
    const job = await lockScanJob(executor, uid).catch(undefinedIfDeleted);
    if (job === undefined || isEnded(job.status) || job.stopRequested || job.engine === 'import')
      return undefined;
    if (!(await mayTake(executor, job.id, context.post))) return undefined;
    if ((await countHeldShards(executor, job.id, context.owner)) >= MAX_HELD_SHARDS_PER_SCAN)
      return undefined;
    const { owner, leaseMs } = context;
    const ownAddresses = context.ownAddresses();
    const lease = await claimShard(executor, { shardId, owner, leaseMs, ownAddresses });
    if (lease === undefined) return undefined;
    const refusal = await scopeRefusal(executor, job);
    if (refusal !== undefined) {
      const within = { ...context, store: storeWithin(context.store, executor) };
      await failScan(within, uid, failureOf(refusal));
      return undefined;
    }
    if (job.status === 'pending') {
      await moveScanJob(executor, job, { to: 'running' });
      await recordEvent(executor, { kind: 'scan.started', job, payload: { worker: context.owner } });
    }
    const facts = { scan: uid, shard: lease.shardNumber, lease: lease.token, checkpoint: lease.checkpoint };
    if (lease.checkpoint === lease.firstPosition) context.log.debug(facts, 'shard claimed');
    else context.log.info({ ...facts, end: lease.endPosition }, 'going on with a scan from its checkpoint');
    return { job: { ...job, status: 'running' }, lease };
  });
}

/** Which scans a program may run, by its post; undefined: none. */
export function takerOf(post: Post): ShardTaker | undefined {
  if (post.kind === 'none') return undefined;
  return post.kind === 'visitor'
    ? { siteId: null, abilities: null }
    : { siteId: post.siteId, abilities: post.abilities };
}

/** Asked at every claim as well as by the sweep: a message of the queue reaches whoever asks first, wherever it stands. */
async function mayTake(executor: Executor, jobId: number, post: Post): Promise<boolean> {
  const taker = takerOf(post);
  if (taker === undefined) return false;
  if (post.kind === 'worker' && !(await mayTakeWork(executor, post.workerId))) return false;
  return mayRunScan(executor, jobId, taker);
}

/** Asked at every claim: the scope may have been set or narrowed since the scan was ordered, or its last holder went. */
async function scopeRefusal(executor: Executor, job: ScanJob): Promise<ScanoramaError | undefined> {
  const { siteId, outsideScope } = job;
  try {
    await mustConfirmScope(executor, { siteId, targets: AddressSet.parse(job.targetRanges), outsideScope });
    return undefined;
  } catch (error) {
    if (error instanceof ScanoramaError && error.code === 'outside_scope') return error;
    throw error;
  }
}

function undefinedIfDeleted(error: unknown): undefined {
  if (error instanceof ScanoramaError && error.code === 'not_found') return undefined;
  throw error;
}
