import { setTimeout as sleep } from 'node:timers/promises';
import { ScanoramaError } from '#domain/errors/error.js';
import { isEnded } from '#domain/scans/scan-status.js';
import { recordEvent } from '#store/events/events.js';
import { findScanJob, lockScanJob, requestStop } from '#store/scans/scan-jobs.js';
import type { WorkContext } from '#work/context/context.js';
import { cancelScan } from '#work/scans/end-scan.js';

/**
 * How long the worker of a stopped scan has to take the answers still under way and commit them. Its
 * packets end at once; longer than this and its lease is taken away.
 */
export const STOP_GRACE_MS = 3_000;
const STOP_POLL_MS = 50;

/**
 * Stops a pending or running scan: no more packets, what was seen is committed, the scan is cancelled.
 * A scan that is cancelled already stays so; `invalid_transition` for one that ended otherwise.
 */
export async function stopScan(context: WorkContext, uid: string): Promise<void> {
  const wasRunning = await context.store.transaction(async (executor) => {
    const job = await lockScanJob(executor, uid);
    if (job.status === 'cancelled') return false;
    if (isEnded(job.status)) {
      throw new ScanoramaError('invalid_transition', `The scan is ${job.status} and cannot be stopped.`, {
        at: uid,
      });
    }
    if (await requestStop(executor, job.id)) await recordEvent(executor, { kind: 'scan.stopping', job });
    return true;
  });
  if (!wasRunning) return;
  const deadlineMs = context.clock.monotonic() + STOP_GRACE_MS;
  while (context.clock.monotonic() < deadlineMs) {
    if (await cancelScan(context, uid, false)) return;
    await sleep(STOP_POLL_MS);
    if (isEnded((await findScanJob(context.store.read, uid)).status)) return;
  }
  await cancelScan(context, uid, true);
}
