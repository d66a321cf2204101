import { AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isEnded } from '#domain/scans/scan-status.js';
import { recordEvent } from '#store/events/events.js';
import { lockScanJob, moveScanJob, withdrawStop } from '#store/scans/scan-jobs.js';
import { hasLiveLease, revokeLeases, unfinishedShardsOf } from '#store/scans/scan-shards.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { assertSamePlan } from '#work/scans/scan-plan.js';
import { mustConfirmScope } from '#work/scans/scan-scope.js';

/** Lets a failed, cancelled or abandoned scan go on from its checkpoint, under a higher token. */
export async function resumeScan(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  await context.store.transaction(async (executor) => {
    const job = await lockScanJob(executor, uid);
    if (job.status === 'completed') {
      throw new ScanoramaError(
        'invalid_transition',
        'A completed scan has nothing left to do, so it cannot be resumed.',
        { hint: 'Start a new one with the same targets.', at: uid },
      );
    }
    if (job.engine === 'import') {
      throw new ScanoramaError('invalid_transition', 'An import is not resumed but done again.', {
        hint: 'Import the same file once more: it goes on where it was.',
        at: uid,
      });
    }
    assertSamePlan(job);
    // The scope may have been set or narrowed since.
    const { siteId, outsideScope } = job;
    await mustConfirmScope(executor, { siteId, targets: AddressSet.parse(job.targetRanges), outsideScope });
    // A scan whose worker was killed may still be called running; it needs a worker, not another status.
    if (isEnded(job.status)) await moveScanJob(executor, job, { to: 'pending' });
    else if (await hasLiveLease(executor, job.id)) throw underWay(uid);
    else await withdrawStop(executor, job.id);
    await revokeLeases(executor, job.id);
    await recordEvent(executor, { kind: 'scan.resumed', job, payload: { actor } });
    await context.enqueueShards(executor, uid, await unfinishedShardsOf(executor, job.id));
  });
}

function underWay(uid: string): ScanoramaError {
  return new ScanoramaError('invalid_transition', 'The scan is running, so there is nothing to resume.', {
    hint: 'Watch it with `scanorama scans show`, or stop it first.',
    at: uid,
  });
}
