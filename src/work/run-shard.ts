import { AddressSet } from '#domain/address-set.js';
import { ScanoramaError } from '#domain/error.js';
import type { Plan } from '#domain/plan.js';
import { batches, MAX_BATCH_DELAY_MS, MAX_BATCH_POSITIONS, type ObservationBatch } from '#scan/batches.js';
import { BlockStarts } from '#scan/block-starts.js';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_RETRIES,
  DEFAULT_TIMEOUT_MS,
  type EngineRequest,
} from '#scan/engine.js';
import { createGate } from '#send/gate.js';
import type { Pace } from '#send/pace.js';
import { mayContinue, type ScanJob } from '#store/scan-jobs.js';
import { type Lease, releaseLease, renewLease } from '#store/scan-shards.js';
import { toRecord } from '#work/batch-record.js';
import { type ClaimedShard, takeShard } from '#work/claim-shard.js';
import type { WorkContext } from '#work/context.js';
import { recordBatch } from '#work/record-batch.js';
import { retryTransient } from '#work/retry.js';
import { planOf } from '#work/scan-plan.js';
import { cancelScan, failScan, failureOf, finishScan, letScanWait } from '#work/settle-scan.js';

/** A lease is renewed so many times before it would run out. */
const RENEWALS_PER_LEASE = 5;

/** Ends the packets of one running scan: a stop, a shutdown, or a lost lease. What was seen is still stored. */
export interface ShardRun {
  /** The scan being run, known once the shard is claimed. */
  onClaimed(jobUid: string): void;
  readonly signal: AbortSignal;
}

/**
 * Runs one shard from its checkpoint: probes, stores batch by batch, and settles the scan when it was
 * the last. True when there was something to run. What goes wrong with the scan is stored on it; throws
 * only when the database cannot be told.
 */
export async function runShard(context: WorkContext, shardId: number, run: ShardRun): Promise<boolean> {
  const claimed = await retryTransient(context, () => takeShard(context, shardId));
  if (claimed === undefined) return false;
  run.onClaimed(claimed.job.uid);
  const halt = new AbortController();
  const heartbeat = startHeartbeat(context, claimed, halt);
  try {
    await probeAndStore(context, claimed, AbortSignal.any([run.signal, halt.signal]));
    heartbeat.stop();
    await leave(context, claimed, run.signal.aborted);
  } catch (error) {
    heartbeat.stop();
    await settleFailure(context, claimed, error);
  }
  return true;
}

async function probeAndStore(
  context: WorkContext,
  claimed: ClaimedShard,
  signal: AbortSignal,
): Promise<void> {
  const lent = context.paces.lend(claimed.job.uid, rateOf(claimed.job));
  const failing = new AbortController();
  try {
    const given = { pace: lent.pace, signal: AbortSignal.any([signal, failing.signal]) };
    await storeAll(context, claimed, { ...probing(context, claimed, given), failing });
  } finally {
    lent.giveBack();
  }
}

interface Probing {
  readonly plan: Plan;
  readonly starts: BlockStarts;
  readonly stream: AsyncIterable<ObservationBatch>;
}

/** What is left of the shard, as batches that end at block borders; probing begins with the first read. */
function probing(
  context: WorkContext,
  { job, lease }: ClaimedShard,
  { pace, signal }: { readonly pace: Pace; readonly signal: AbortSignal },
): Probing {
  const plan = planOf(job);
  const starts = new BlockStarts(plan, resumedBlock(lease));
  const request: EngineRequest = {
    plan,
    first: lease.checkpoint,
    end: lease.endPosition,
    gate: createGate({ exclusions: AddressSet.parse(job.excluded) }),
    pace,
    retries: DEFAULT_RETRIES,
    timeoutMs: DEFAULT_TIMEOUT_MS,
    concurrency: DEFAULT_CONCURRENCY,
  };
  const stream = batches(starts.watch(context.engine.run(request, signal)), {
    first: lease.checkpoint,
    maxPositions: MAX_BATCH_POSITIONS,
    maxDelayMs: MAX_BATCH_DELAY_MS,
    endOfGroup: (position) =>
      position < plan.positions ? endOfBlock(plan, position) : Number.POSITIVE_INFINITY,
    clock: context.clock,
  });
  return { plan, starts, stream };
}

async function storeAll(
  context: WorkContext,
  claimed: ClaimedShard,
  probing: Probing & { readonly failing: AbortController },
): Promise<void> {
  let seq = claimed.lease.nextBatch;
  for await (const batch of probing.stream) {
    const place = placeOf(context, claimed, { ...probing, batch, seq });
    try {
      await retryTransient(context, () => recordBatch(context, place, toRecord(batch)));
    } catch (error) {
      // Before the loop is left, which waits for the engine's next answer: what cannot be stored is not asked.
      probing.failing.abort();
      throw error;
    }
    if (place.endsBlock) probing.starts.forget(batch.first);
    seq += 1;
  }
}

interface BatchAtHand {
  readonly plan: Plan;
  readonly starts: BlockStarts;
  readonly batch: ObservationBatch;
  readonly seq: number;
}

function placeOf(
  context: WorkContext,
  { job, lease }: ClaimedShard,
  { plan, starts, batch, seq }: BatchAtHand,
) {
  return {
    job,
    siteId: job.siteId,
    shardId: lease.shardId,
    shardNumber: lease.shardNumber,
    token: lease.token,
    seq,
    blockStartedAt: new Date(starts.startOf(batch.first) ?? context.clock.now()),
    endsBlock: batch.end === endOfBlock(plan, batch.first),
  };
}

function endOfBlock(plan: Plan, position: number): number {
  return plan.blockRange(plan.blockOf(position)).end;
}

function resumedBlock(lease: Lease) {
  return lease.blockStartedAt === null
    ? undefined
    : { position: lease.checkpoint, startMs: lease.blockStartedAt.getTime() };
}

function rateOf(job: ScanJob) {
  return {
    packetsPerSecond: job.packetsPerSecond ?? undefined,
    packetsPerSecondPerHost: job.packetsPerSecondPerHost ?? undefined,
    unlimited: job.unlimited,
  };
}

/** Gives the lease back and settles the scan if this was what it waited for. */
async function leave(
  context: WorkContext,
  { job, lease }: ClaimedShard,
  isInterrupted: boolean,
): Promise<void> {
  await retryTransient(context, async () => {
    await context.store.transaction((executor) => releaseLease(executor, lease));
    const isSettled = (await finishScan(context, job.uid)) || (await cancelScan(context, job.uid, false));
    if (!isSettled && isInterrupted) await letScanWait(context, job.uid);
  });
}

async function settleFailure(
  context: WorkContext,
  { job, lease }: ClaimedShard,
  error: unknown,
): Promise<void> {
  const code = error instanceof ScanoramaError ? error.code : 'internal';
  if (code === 'lease_lost') {
    context.log.info(
      { scan: job.uid, shard: lease.shardNumber },
      'the lease went to another worker or the scan was stopped',
    );
    return;
  }
  context.log.error({ scan: job.uid, shard: lease.shardNumber, code, err: error }, 'a shard could not go on');
  // While the database is away nothing can be stored about it either: the lease runs out, and the next worker goes on.
  if (code === 'database_unavailable') return;
  await retryTransient(context, () => failScan(context, job.uid, failureOf(error)));
}

/** Renews the lease; when it is gone, or somebody asked for a stop, no further packet is sent. */
function startHeartbeat(context: WorkContext, { job, lease }: ClaimedShard, halt: AbortController) {
  const beat = async (): Promise<void> => {
    const isOurs = await renewLease(context.store.read, lease, context.leaseMs);
    if (!isOurs || !(await mayContinue(context.store.read, job.id))) halt.abort();
  };
  let isBeating = false;
  // One at a time: a beat that waits for the shard's row holds a connection, and so would every further one.
  const safely = (): void => {
    if (isBeating) return;
    isBeating = true;
    beat()
      .catch((error: unknown) =>
        context.log.warn({ scan: job.uid, err: error }, 'the lease could not be renewed'),
      )
      .finally(() => {
        isBeating = false;
      });
  };
  // At once as well: a stop that was asked for while the shard was being claimed would otherwise wait for the first beat.
  safely();
  const timer = setInterval(safely, context.leaseMs / RENEWALS_PER_LEASE);
  return { stop: () => clearInterval(timer) };
}
