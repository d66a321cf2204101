import { SCAN_STATUSES, type ScanStatus } from '#domain/scans/scan-status.js';
import { oneOf, pageIn, present, type RawSearch, textIn } from '../search.ts';

const MAX_NETWORKS_CHARACTERS = 2_000;
const MAX_SITE_CHARACTERS = 100;

export interface DiscoverySearch {
  readonly page: number;
  readonly status: ScanStatus;
  /** Those that are deleted, instead of the others. */
  readonly deleted: 'yes';
  /** Fill the form in: what another page offers to look at. */
  readonly networks: string;
  readonly site: string;
}

export function readDiscoverySearch(search: RawSearch): Partial<DiscoverySearch> {
  return present<DiscoverySearch>({
    page: pageIn(search),
    status: oneOf(SCAN_STATUSES, search['status']),
    deleted: oneOf(['yes'], search['deleted']),
    networks: textIn(search['networks'], MAX_NETWORKS_CHARACTERS),
    site: textIn(search['site'], MAX_SITE_CHARACTERS),
  });
}
