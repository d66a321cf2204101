import { ScanoramaError } from '#domain/error.js';
import { isSettled } from '#domain/scan-status.js';
import { recordEvent } from '#store/events.js';
import { lockScanJob, moveScanJob, withdrawStop } from '#store/scan-jobs.js';
import { hasLiveLease, revokeLeases, unfinishedShardsOf } from '#store/scan-shards.js';
import type { Actor, WorkContext } from '#work/context.js';
import { PLAN_VERSION } from '#work/start-scan.js';

/** Lets a failed, cancelled or abandoned scan go on from its checkpoint, under a higher token. */
export async function resumeScan(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  await context.store.transaction(async (executor) => {
    const job = await lockScanJob(executor, uid);
    if (job.planVersion !== PLAN_VERSION) {
      throw new ScanoramaError(
        'conflict',
        'The scan was planned by another version of Scanorama and cannot be resumed.',
        {
          hint: 'Start it anew.',
          at: uid,
        },
      );
    }
    // A scan whose worker was killed is still called running; it needs a worker, not another status.
    const isAbandoned = !isSettled(job.status) && !(await hasLiveLease(executor, job.id));
    if (isAbandoned) await withdrawStop(executor, job.id);
    else await moveScanJob(executor, job, { to: 'pending' });
    await revokeLeases(executor, job.id);
    await recordEvent(executor, { kind: 'scan.resumed', job, payload: { actor } });
    await context.enqueueShards(executor, uid, await unfinishedShardsOf(executor, job.id));
  });
}
