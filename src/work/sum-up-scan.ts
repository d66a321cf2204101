import type { Executor } from '#store/database.js';
import { countChanges } from '#store/scan-diff.js';
import {
  areTooLarge,
  findBase,
  findPair,
  insertStatistics,
  reducedAmong,
  storeComparison,
} from '#store/scan-statistics.js';

/**
 * Rows of two scans, listed ports and ranges, that are compared while the later one ends; more of them on demand alone.
 * On a machine with twenty times its share of work 700,000 took 15 s, half of what a statement may.
 */
export const MAX_ROWS_COMPARED_AT_END = 500_000;

/**
 * Stores what a scan amounts to, and what changed since the last one that it can be compared with; counts at most
 * `maxRows`. For the transaction that completes the scan, after it has done so.
 */
export async function sumUpScan(
  executor: Executor,
  jobId: number,
  maxRows = MAX_ROWS_COMPARED_AT_END,
): Promise<void> {
  await insertStatistics(executor, jobId);
  if (await areTooLarge(executor, [jobId], maxRows)) return;
  const baseId = await findBase(executor, jobId, maxRows);
  const pair = baseId === undefined ? undefined : await findPair(executor, baseId, jobId);
  if (baseId === undefined || pair === undefined) return;
  const isTooMuch = await areTooLarge(executor, [baseId, jobId], maxRows);
  const counts = isTooMuch ? undefined : await countChanges(executor, pair);
  // What was removed while the scan ran, or just now, would look like a difference.
  if ((await reducedAmong(executor, [baseId, jobId])).length > 0) return;
  await storeComparison(executor, jobId, { baseId, counts });
}
