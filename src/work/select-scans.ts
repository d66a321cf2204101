import { MAX_SELECTED } from '#domain/selection.js';
import type { Executor } from '#store/database.js';
import { type ScanFilter, scanUidsMatching } from '#store/scan-filter.js';
import { assertNamedThere } from '#store/scan-filter-names.js';
import { assertExpected, selectedOnce } from '#work/selection.js';

/** Which scans are meant: by their ids, or whatever a list with that filter shows, so none that is deleted. */
export type ScanSelection =
  | { readonly uids: readonly string[] }
  | {
      readonly matching: ScanFilter;
      /** Of what it finds these alone. */
      readonly only?: readonly string[] | undefined;
    };

/**
 * Their uids, each once; of `only` all, whether the filter finds them or not. Throws `invalid_request` for too many, `not_found` for a
 * site or tag that there is not, and `conflict` for another number than was agreed to.
 */
export async function selectScans(
  executor: Executor,
  selection: ScanSelection,
  expected?: number,
): Promise<readonly string[]> {
  if ('matching' in selection) await assertNamedThere(executor, selection.matching);
  const found =
    'uids' in selection
      ? selection.uids
      : await scanUidsMatching(executor, { ...selection.matching, deleted: false }, MAX_SELECTED + 1);
  const uids = selectedOnce('scans', found);
  assertExpected('scans', expected, uids.length);
  return 'uids' in selection || selection.only === undefined ? uids : selectedOnce('scans', selection.only);
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
