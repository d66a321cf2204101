import { MAX_NAME_CHARACTERS } from '#contract/networks/site.js';
import { MAX_LABEL_CHARACTERS } from '#domain/fields/label-name.js';
import { SCAN_STATUSES, type ScanStatus } from '#domain/scans/scan-status.js';
import { oneOf, pageIn, present, type RawSearch, textIn } from '../search.ts';

const MAX_TARGETS_CHARACTERS = 2_000;

export interface ScansSearch {
  readonly page: number;
  readonly status: ScanStatus;
  readonly tag: string;
  /** Those that are deleted, instead of the others. */
  readonly deleted: 'yes';
  /** Fills the form in: what another page offers to scan. */
  readonly targets: string;
  readonly site: string;
}

export function readScansSearch(search: RawSearch): Partial<ScansSearch> {
  return present<ScansSearch>({
    page: pageIn(search),
    status: oneOf(SCAN_STATUSES, search['status']),
    tag: textIn(search['tag'], MAX_LABEL_CHARACTERS),
    deleted: oneOf(['yes'], search['deleted']),
    targets: textIn(search['targets'], MAX_TARGETS_CHARACTERS),
    site: textIn(search['site'], MAX_NAME_CHARACTERS),
  });
}
