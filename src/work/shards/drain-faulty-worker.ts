import type { ErrorCode } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { hasStoodAsideFor, recordWorkerEvent } from '#store/events/events.js';
import { mayRunScan } from '#store/scans/eligible-workers.js';
import { lockShard, releaseLease } from '#store/scans/scan-shards.js';
import { takersOf } from '#store/sites/site-workers.js';
import { findWorkerView } from '#store/workers/worker-views.js';
import { drainWorker, takeAutoDrainLock } from '#store/workers/workers.js';
import type { WorkContext } from '#work/context/context.js';
import { retryTransient } from '#work/context/retry.js';
import { letScanWait, type ScanFailure } from '#work/scans/end-scan.js';
import { abilitiesOf, readCapabilities } from '#work/shards/capabilities.js';
import type { ClaimedShard } from '#work/shards/claim-shard.js';

/** What fails by the machine and not by the scan. */
const OF_THE_MACHINE: readonly ErrorCode[] = ['prober_died', 'program_rebuilt', 'engine_failed'];

/**
 * A worker whose machine is broken takes itself out, so that it does not fail every scan it gets hold of: it is drained
 * with the reason, and gives the shard to whoever can take it. One worker for a scan: what fails on a second machine as well
 * fails by the scan. False where the scan is to fail: nobody else could run it. Throws `lease_lost`.
 */
export async function standAside(
  context: WorkContext,
  { job, lease }: ClaimedShard,
  failure: ScanFailure,
): Promise<boolean> {
  const { post, owner } = context;
  if (post.kind !== 'worker' || !OF_THE_MACHINE.includes(failure.code)) return false;
  const stoodAside = await retryTransient(context, () =>
    context.store.transaction(async (executor) => {
      await takeAutoDrainLock(executor);
      await lockShard(executor, lease);
      if (await hasStoodAsideFor(executor, job.uid, owner)) return false;
      if (!(await canOthersRun(executor, job, post.workerId))) return false;
      if (await drainWorker(executor, post.workerId, failure.message)) {
        const worker = await findWorkerView(executor, owner);
        const payload = { reason: failure.message, failed_scan: job.uid };
        await recordWorkerEvent(executor, { kind: 'worker.draining', worker, payload });
      }
      await releaseLease(executor, lease);
      return true;
    }),
  );
  if (!stoodAside) return false;
  context.log.error(
    { scan: job.uid, code: failure.code },
    'this worker takes no more work: its machine failed',
  );
  await retryTransient(context, () => letScanWait(context, job.uid));
  return true;
}

async function canOthersRun(
  executor: Executor,
  job: { readonly id: number; readonly siteId: number },
  workerId: number,
): Promise<boolean> {
  for (const taker of await takersOf(executor, job.siteId)) {
    const survey = taker.id === workerId ? undefined : readCapabilities(taker.capabilities);
    if (survey === undefined) continue;
    if (await mayRunScan(executor, job.id, { siteId: taker.siteId, abilities: abilitiesOf(survey) }))
      return true;
  }
  return false;
}
