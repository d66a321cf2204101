import { idIn, oneOf, pageIn, present, type RawSearch } from '../search.ts';

export interface ScanSearch {
  readonly page: number;
  /** Shows also addresses that gave no sign of life. */
  readonly unresponsive: 'yes';
  /** The earlier scan it is compared with. */
  readonly against: string;
}

export function readScanSearch(search: RawSearch): Partial<ScanSearch> {
  return present<ScanSearch>({
    page: pageIn(search),
    unresponsive: oneOf(['yes'], search['unresponsive']),
    against: idIn(search['against']),
  });
}
