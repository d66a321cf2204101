import { idIn, oneOf, pageIn, present, type RawSearch } from '../search.ts';

export interface ScanSearch {
  readonly page: number;
  /** Shows also addresses that gave no sign of life. */
  readonly silent: 'yes';
  /** The earlier scan it is compared with. */
  readonly against: string;
}

export function readScanSearch(search: RawSearch): Partial<ScanSearch> {
  return present<ScanSearch>({
    page: pageIn(search),
    silent: oneOf(['yes'], search['silent']),
    against: idIn(search['against']),
  });
}
