import type { Executor } from '#store/database/database.js';
import { inSavepoint } from '#store/database/statement-limit.js';
import { findBase, keepBase } from '#store/diff/scan-base.js';
import { countChanges } from '#store/diff/scan-diff.js';
import {
  areTooLarge,
  findPair,
  insertStatistics,
  reducedAmong,
  storeComparison,
} from '#store/scans/scan-statistics.js';
import type { Log } from '#telemetry/log.js';

/**
 * Rows of two scans, listed ports and ranges, that are compared while the later one ends; more of them on demand alone.
 * On a machine with twenty times its share of work 700,000 took 15 s, so there a comparison may be given up.
 */
export const MAX_ROWS_COMPARED_AT_END = 500_000;
/** What one statement of the comparison may take, a wait for a lock included: the end of a scan waits for it. */
const COMPARISON_TIMEOUT_MS = 5_000;

export interface SummingUp {
  /** Hears why a scan was not compared. */
  readonly log: Log;
  /** How many rows are compared at most. */
  readonly maxRows?: number;
}

/**
 * Stores what a scan amounts to, and what changed since the last one that it can be compared with. For the transaction
 * that completes the scan, after it has done so. A comparison that fails is left out: the scan completes without.
 */
export async function sumUpScan(
  executor: Executor,
  jobId: number,
  { log, maxRows = MAX_ROWS_COMPARED_AT_END }: SummingUp,
): Promise<void> {
  await insertStatistics(executor, jobId);
  try {
    await inSavepoint(executor, COMPARISON_TIMEOUT_MS, () => compare(executor, jobId, maxRows));
  } catch (error) {
    log.warn({ job: jobId, err: error }, 'a scan could not be compared with an earlier one');
  }
}

async function compare(executor: Executor, jobId: number, maxRows: number): Promise<void> {
  if (await areTooLarge(executor, [jobId], maxRows)) return;
  const baseId = await findBase(executor, jobId, maxRows);
  if (baseId === undefined || !(await keepBase(executor, baseId))) return;
  const pair = await findPair(executor, baseId, jobId);
  if (pair === undefined) return;
  const isTooMuch = await areTooLarge(executor, [baseId, jobId], maxRows);
  const counts = isTooMuch ? undefined : await countChanges(executor, pair);
  // What was removed while the scan ran, or just now, would look like a difference.
  if ((await reducedAmong(executor, [baseId, jobId])).length > 0) return;
  await storeComparison(executor, jobId, { baseId, counts });
}
