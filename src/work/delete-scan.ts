import { ScanoramaError } from '#domain/error.js';
import { isSettled } from '#domain/scan-status.js';
import { recordEvent } from '#store/events.js';
import {
  type DeletableScan,
  lockScanToDelete,
  markScanDeleted,
  removeScan,
  unmarkScanDeleted,
} from '#store/scan-deletion.js';
import type { Actor, WorkContext } from '#work/context.js';
import { purgeInTurn } from '#work/purge.js';

/**
 * Marks a scan as deleted: no list shows it, and nothing of it is removed. Doing it twice is no error. Throws
 * `not_found`, and `invalid_transition` for one that is not over.
 */
export async function deleteScan(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  await context.store.transaction(async (executor) => {
    const scan = await lockScanToDelete(executor, uid);
    if (scan.isDeleted) return;
    refuseUnsettled(scan, 'deleted');
    await markScanDeleted(executor, scan.id, actor);
    await recordEvent(executor, { kind: 'scan.deleted', job: scan, payload: { actor } });
  });
  context.log.info({ scan: uid, actor }, 'scan deleted');
}

/** Takes the deletion back; `not_found` when there is no such scan any more. Of one that is not deleted it is no error. */
export async function restoreScan(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  await context.store.transaction(async (executor) => {
    const scan = await lockScanToDelete(executor, uid);
    if (!scan.isDeleted) return;
    await unmarkScanDeleted(executor, scan.id);
    await recordEvent(executor, { kind: 'scan.restored', job: scan, payload: { actor } });
  });
  context.log.info({ scan: uid, actor }, 'scan restored');
}

/**
 * Removes a scan for ever, with its raw rows, ledger and coverage, whether it was deleted before or not. The current
 * state of hosts and their history keep what it found. Throws `not_found`, `invalid_transition`.
 */
export async function purgeScan(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  await purgeInTurn(context, { what: 'scan', uid, actor }, async (executor) => {
    const scan = await lockScanToDelete(executor, uid);
    refuseUnsettled(scan, 'purged');
    await removeScan(executor, scan.id);
    return {};
  });
}

function refuseUnsettled({ status, uid }: DeletableScan, what: 'deleted' | 'purged'): void {
  if (isSettled(status)) return;
  throw new ScanoramaError('invalid_transition', `The scan is ${status}, so it cannot be ${what}.`, {
    hint: `Stop it first: \`scanorama scans stop ${uid}\`.`,
    at: uid,
  });
}
