import { pageIn, present, type RawSearch, wordIn } from '../search.ts';

export interface ScanSearch {
  readonly page: number;
  /** Shows also addresses that gave no sign of life. */
  readonly silent: 'yes';
}

export function readScanSearch(search: RawSearch): Partial<ScanSearch> {
  return present<ScanSearch>({ page: pageIn(search), silent: wordIn(['yes'], search['silent']) });
}
