import type { Executor } from '#store/database.js';
import { type ScanFilter, scanUidsMatching } from '#store/scan-filter.js';
import { assertExpected, MAX_SELECTED, selectedOnce } from '#work/selection.js';

/** Which scans are meant: by their ids, or whatever a list with that filter shows, so none that is deleted. */
export type ScanSelection = { readonly uids: readonly string[] } | { readonly matching: ScanFilter };

/**
 * Their uids, each once. Throws `invalid_request` for too many, and `conflict` for another number than was agreed to.
 */
export async function selectScans(
  executor: Executor,
  selection: ScanSelection,
  expected?: number,
): Promise<readonly string[]> {
  const found =
    'uids' in selection
      ? selection.uids
      : await scanUidsMatching(executor, { ...selection.matching, deleted: false }, MAX_SELECTED + 1);
  const uids = selectedOnce('scans', found);
  assertExpected('scans', expected, uids.length);
  return uids;
}
