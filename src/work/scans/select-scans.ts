import type { Executor } from '#store/database/database.js';
import { type ScanFilter, scanUidsMatching } from '#store/filter/scan-filter.js';
import { assertNamedThere } from '#store/filter/scan-filter-names.js';
import { type Selection, selectedOf } from '#work/context/selection.js';

/** None that a filter finds is deleted. */
export type ScanSelection = Selection<ScanFilter>;

/** Throws `invalid_request` for too many, and `not_found` for a site or tag that there is not. */
export async function selectScans(executor: Executor, selection: ScanSelection): Promise<readonly string[]> {
  if ('matching' in selection) await assertNamedThere(executor, selection.matching);
  return selectedOf('scans', selection, (matching, limit) =>
    scanUidsMatching(executor, { ...matching, deleted: false }, limit),
  );
}

/** Those of these scans that the selection still means: what a filter found a while ago may have changed since. */
export async function stillMeant(
  executor: Executor,
  selection: ScanSelection,
  uids: readonly string[],
): Promise<ReadonlySet<string>> {
  if ('uids' in selection) return new Set(uids.map((uid) => uid.toLowerCase()));
  const filter = { ...selection.matching, deleted: false, uids };
  return new Set(await scanUidsMatching(executor, filter, uids.length));
}
