import { countUsableKeys, revokeAllApiKeys } from '#store/access/access.js';
import type { Executor } from '#store/database/database.js';
import { storeWithin } from '#store/database/store.js';
import { refuseAwaitedOsScans } from '#store/scans/os-scans.js';
import { unfinishedScans } from '#store/scans/scan-jobs.js';
import { retireLeases } from '#store/scans/scan-shards.js';
import { abandonRuns } from '#store/schedules/schedule-runs.js';
import { stopAllSchedules } from '#store/schedules/schedules.js';
import {
  cancelScan,
  type EndingContext,
  failScan,
  finishScan,
  IMPORT_INTERRUPTED,
  lockScan,
  type ScanFailure,
} from '#work/scans/end-scan.js';

export interface FinishedRestore {
  /** The ids of scans that had not ended, and go on when somebody resumes them. */
  readonly heldScans: readonly string[];
  /** The names of schedules that were enabled, and are paused until somebody enables them. */
  readonly stoppedSchedules: readonly string[];
  /** API keys that can be used now. */
  readonly usableKeys: number;
  readonly revokedKeys: number;
}

export interface RestoreInput {
  /** No key of the backup may be used any more. */
  readonly revokeKeys: boolean;
}

/** In the transaction that restored a backup: what was alive when the backup was made, and may not be so now. */
export async function finishRestored(
  context: EndingContext,
  executor: Executor,
  { revokeKeys }: RestoreInput,
): Promise<FinishedRestore> {
  const heldScans = await endScans({ ...context, store: storeWithin(context.store, executor) }, executor);
  const stoppedSchedules = await stopAllSchedules(executor, RESTORED);
  await abandonRuns(executor, ABANDONED);
  const revokedKeys = revokeKeys ? await revokeAllApiKeys(executor) : 0;
  return { heldScans, stoppedSchedules, usableKeys: await countUsableKeys(executor), revokedKeys };
}

/**
 * Nothing is probed because of a restore: who asked for a scan then may not want it now, and who made a schedule neither. Scans that
 * were asked to stop, or of which nothing was left to do, end; the others are held, and no discovery is followed by a scan. Gives
 * which are held.
 */
async function endScans(context: EndingContext, executor: Executor): Promise<readonly string[]> {
  await retireLeases(executor);
  const held: string[] = [];
  for (const { uid, engine, stopRequested } of await unfinishedScans(executor)) {
    if (stopRequested) await cancelScan(context, uid, true);
    else if (engine === 'import') await failScan(context, uid, IMPORT_INTERRUPTED);
    else if (!(await finishScan(context, uid))) {
      await lockScan(context, uid, HELD);
      held.push(uid);
    }
  }
  await refuseAwaitedOsScans(executor, UNREPORTED);
  return held;
}

const RESTORED = 'A backup was restored. Enable it if it is still wanted.';
const ABANDONED: ScanFailure = {
  code: 'interrupted',
  message: 'The run had not ended when the backup was made that was restored since.',
};
const UNREPORTED =
  'The operating systems of the hosts found were not detected when the restored backup was made; a scan for them is not started automatically.';

const HELD: ScanFailure = {
  code: 'interrupted',
  message:
    'The scan had not ended when the backup was made that was restored since. Resuming goes on with it.',
};
