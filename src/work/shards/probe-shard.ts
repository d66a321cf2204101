import { parseLiteral } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { createPlan, type Plan, type PlanInput } from '#domain/scans/plan.js';
import type { DiscoveryOrder } from '#scan/engine/engine.js';
import type { ProbeOrder, ProbeRun } from '#scan/engine/prober.js';
import { batches, MAX_BATCH_POSITIONS, type ObservationBatch } from '#scan/results/batches.js';
import { BlockStarts } from '#scan/results/block-starts.js';
import { ChunkNotes } from '#scan/results/chunk-notes.js';
import type { ScanJob } from '#store/scans/scan-jobs.js';
import type { Lease } from '#store/scans/scan-shards.js';
import { withNotes } from '#work/batches/batch-notes.js';
import { toRecord } from '#work/batches/batch-record.js';
import { type BatchPlace, recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { retryTransient } from '#work/context/retry.js';
import { planInputOf } from '#work/scans/scan-plan.js';
import type { ClaimedShard } from '#work/shards/claim-shard.js';
import { probingOrder, rateOf } from '#work/shards/scan-probing.js';
import { ShardExclusions } from '#work/shards/shard-exclusions.js';

/** Probers that may die one after the other without a single batch in between; then the scan is given up. */
export const MAX_PROBER_DEATHS = 3;

/** A shard under way: what stays the same, and how far it is committed. */
interface Course {
  readonly claimed: ClaimedShard;
  readonly planInput: PlanInput;
  readonly plan: Plan;
  readonly starts: BlockStarts;
  checkpoint: number;
  nextBatch: number;
}

/**
 * Probes what is left of a claimed shard and stores it batch by batch, until its end or an abort. A prober that
 * dies costs what was not committed: the next one goes on from there. Throws what ends the scan.
 */
export async function probeAndStore(
  context: WorkContext,
  claimed: ClaimedShard,
  signal: AbortSignal,
): Promise<void> {
  const course = courseOf(claimed);
  let deaths = 0;
  while (course.checkpoint < claimed.lease.endPosition && !signal.aborted) {
    const before = course.checkpoint;
    try {
      await storeAll(context, course, signal);
      return;
    } catch (error) {
      if (!(error instanceof ScanoramaError) || error.code !== 'prober_died') throw error;
      deaths = course.checkpoint > before ? 1 : deaths + 1;
      if (deaths >= MAX_PROBER_DEATHS && !signal.aborted) throw error;
      context.log.warn(
        { scan: claimed.job.uid, shard: claimed.lease.shardNumber, checkpoint: course.checkpoint, deaths },
        'the prober died: going on from the checkpoint',
      );
    }
  }
}

function courseOf(claimed: ClaimedShard): Course {
  const { job, lease } = claimed;
  const planInput = planInputOf(job);
  const plan = createPlan(planInput);
  const starts = new BlockStarts(plan, resumedBlock(lease));
  return { claimed, planInput, plan, starts, checkpoint: lease.checkpoint, nextBatch: lease.nextBatch };
}

function resumedBlock(lease: Lease) {
  return lease.blockStartedAt === null
    ? undefined
    : { position: lease.checkpoint, startMs: lease.blockStartedAt.getTime() };
}

async function storeAll(context: WorkContext, course: Course, signal: AbortSignal): Promise<void> {
  const failing = new AbortController();
  const { job } = course.claimed;
  const exclusions = await ShardExclusions.read(context, { job, targets: course.planInput.targets, signal });
  const order = orderOf(course, exclusions);
  const probing = context.prober.run(order, AbortSignal.any([signal, failing.signal]));
  const letGo = exclusions.handOnTo(probing);
  try {
    await storeBatches(context, course, { probing, failing, signal });
  } finally {
    await letGo();
  }
}

interface Probing {
  readonly probing: ProbeRun;
  /** Ends the probing when what it sees cannot be stored. */
  readonly failing: AbortController;
  readonly signal: AbortSignal;
}

async function storeBatches(context: WorkContext, course: Course, parts: Probing): Promise<void> {
  const { probing, failing, signal } = parts;
  const notes = new ChunkNotes();
  const stream = batches(course.starts.watch(notes.watch(probing)), batching(context, course));
  for await (const batch of stream) {
    const place = placeOf(context, course, batch);
    try {
      const record = withNotes(toRecord(batch, course.plan), notes.take(batch.end));
      await retryTransient(context, () => recordBatch(context, place, record), signal);
    } catch (error) {
      // Before the loop is left, which waits for the engine's next answer: what cannot be stored is not asked.
      failing.abort();
      throw error;
    }
    if (place.endsBlock) course.starts.forget(batch.first);
    course.checkpoint = batch.end;
    course.nextBatch += 1;
  }
}

function orderOf({ claimed, planInput, checkpoint }: Course, exclusions: ShardExclusions): ProbeOrder {
  const { job, lease } = claimed;
  return {
    scan: job.uid,
    engine: job.engine,
    plan: planInput,
    first: checkpoint,
    end: lease.endPosition,
    exclusions: exclusions.heeded,
    exclusionsGoodUntilMs: exclusions.goodUntilMs,
    rate: rateOf(job),
    terms: exclusions.terms,
    ...probingOrder(job),
    liveHosts: job.liveHosts,
    discovery: discoveryOf(job),
  };
}

function discoveryOf({ discoveryMethods, resolver }: ScanJob): DiscoveryOrder | undefined {
  if (discoveryMethods === null) return undefined;
  return { methods: discoveryMethods, resolver: resolver === null ? undefined : parseLiteral(resolver) };
}

/** Batches end at block borders. */
function batching(context: WorkContext, { plan, checkpoint }: Course) {
  return {
    first: checkpoint,
    maxPositions: MAX_BATCH_POSITIONS,
    maxDelayMs: context.batchDelayMs,
    endOfGroup: (position: number) =>
      position < plan.positions ? endOfBlock(plan, position) : Number.POSITIVE_INFINITY,
    clock: context.clock,
  };
}

function placeOf(context: WorkContext, course: Course, batch: ObservationBatch): BatchPlace {
  const { claimed, plan, starts, nextBatch } = course;
  const { job, lease } = claimed;
  return {
    job,
    siteId: job.siteId,
    shardId: lease.shardId,
    shardNumber: lease.shardNumber,
    token: lease.token,
    seq: nextBatch,
    blockStartedAt: new Date(starts.startOf(batch.first) ?? context.clock.now()),
    endsBlock: batch.end === endOfBlock(plan, batch.first),
  };
}

function endOfBlock(plan: Plan, position: number): number {
  return plan.blockRange(plan.blockOf(position)).end;
}
