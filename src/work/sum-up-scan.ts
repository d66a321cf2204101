import type { Executor } from '#store/database.js';
import { countChanges } from '#store/scan-diff.js';
import {
  countComparedRows,
  findBase,
  findPair,
  insertStatistics,
  storeComparison,
} from '#store/scan-statistics.js';

/** Rows of two scans, listed ports and ranges, that are compared while the later one ends; more of them on demand alone. */
export const MAX_ROWS_COMPARED_AT_END = 1_000_000;

/**
 * Stores what a scan amounts to, and what changed since the last one that it can be compared with. For the
 * transaction that completes the scan, after it has done so.
 */
export async function sumUpScan(executor: Executor, jobId: number): Promise<void> {
  await insertStatistics(executor, jobId);
  if ((await countComparedRows(executor, [jobId])) > MAX_ROWS_COMPARED_AT_END) return;
  const baseId = await findBase(executor, jobId);
  const pair = baseId === undefined ? undefined : await findPair(executor, baseId, jobId);
  if (baseId === undefined || pair === undefined) return;
  const isTooMuch = (await countComparedRows(executor, [baseId, jobId])) > MAX_ROWS_COMPARED_AT_END;
  const counts = isTooMuch ? undefined : await countChanges(executor, pair);
  await storeComparison(executor, jobId, { baseId, counts });
}
