import { type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { mayContinue } from '#store/scans/scan-jobs.js';
import { releaseLease, renewLease } from '#store/scans/scan-shards.js';
import type { WorkContext } from '#work/context/context.js';
import { retryTransient } from '#work/context/retry.js';
import { identifyAfterScan } from '#work/devices/identify-devices.js';
import { startOsScan } from '#work/discovery/os-scan.js';
import { cancelScan, failScan, failureOf, finishScan, letScanWait } from '#work/scans/end-scan.js';
import { type ClaimedShard, takeShard } from '#work/shards/claim-shard.js';
import { standAside } from '#work/shards/drain-faulty-worker.js';
import { probeAndStore } from '#work/shards/probe-shard.js';

/** A lease is renewed so many times before it would run out. */
const RENEWALS_PER_LEASE = 5;
/** And so often at least: a shorter lease that was set meanwhile holds from the next time on. */
const LONGEST_BEAT_MS = 3_000;

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
  const claimed = await retryTransient(context, () => takeShard(context, shardId), run.signal);
  if (claimed === undefined) return false;
  run.onClaimed(claimed.job.uid);
  const halt = new AbortController();
  const heartbeat = startHeartbeat(context, claimed, halt);
  try {
    await probeAndStore(context, claimed, AbortSignal.any([run.signal, halt.signal]));
    heartbeat.stop();
    await leave(context, claimed, run.signal);
  } catch (error) {
    heartbeat.stop();
    await endFailed(context, claimed, error);
  }
  return true;
}

/** Gives the lease back and settles the scan if this was what it waited for. */
async function leave(context: WorkContext, { job, lease }: ClaimedShard, signal: AbortSignal): Promise<void> {
  let isEnded = false;
  await retryTransient(context, async () => {
    await context.store.transaction((executor) => releaseLease(executor, lease));
    isEnded = (await finishScan(context, job.uid)) || (await cancelScan(context, job.uid, false));
    if (!isEnded && signal.aborted) await letScanWait(context, job.uid);
  });
  // A worker that is leaving starts nothing; the next one looks for what is awaited.
  if (signal.aborted) return;
  if (isEnded) await identifyAfterScan(context);
  if (job.engine === 'discovery') await followDiscovery(context, job.uid, signal);
}

/** Starts the scan that a discovery was to be followed by. The discovery is over, whatever becomes of that. */
async function followDiscovery(context: WorkContext, uid: string, signal: AbortSignal): Promise<void> {
  try {
    await retryTransient(context, () => startOsScan(context, uid, signal), signal);
  } catch (error) {
    context.log.warn({ scan: uid, err: error }, 'a scan for systems could not be started and will be later');
  }
}

async function endFailed(context: WorkContext, claimed: ClaimedShard, error: unknown): Promise<void> {
  const { job, lease } = claimed;
  const code = codeOf(error);
  if (code === 'lease_lost') return reportLeaseLost(context, claimed);
  context.log.error({ scan: job.uid, shard: lease.shardNumber, code, err: error }, 'a shard could not go on');
  // While the database is away nothing can be stored about it either: the lease runs out, and the next worker goes on.
  if (code === 'database_unavailable') return;
  const failure = failureOf(error);
  try {
    if (await standAside(context, claimed, failure)) return;
    await retryTransient(context, () => failScan(context, job.uid, { ...failure, lease }));
  } catch (reported) {
    if (codeOf(reported) !== 'lease_lost') throw reported;
    reportLeaseLost(context, claimed);
  }
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof ScanoramaError ? error.code : 'internal';
}

function reportLeaseLost({ log }: WorkContext, { job, lease }: ClaimedShard): void {
  const facts = { scan: job.uid, shard: lease.shardNumber };
  log.info(facts, 'the lease went to another worker or the scan was stopped');
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
    if (isBeating || context.store.breaker.isOpen) return;
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
  const beatMs = () => Math.min(LONGEST_BEAT_MS, context.leaseMs / RENEWALS_PER_LEASE);
  const again = (): void => {
    safely();
    timer = setTimeout(again, beatMs());
  };
  let timer = setTimeout(again, beatMs());
  return { stop: () => clearTimeout(timer) };
}
