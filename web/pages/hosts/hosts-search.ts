import { HOST_SORTS } from '#contract/hosts/host.js';
import { MAX_FILTER_CHARACTERS } from '#domain/filter/filter.js';
import { HOST_STATUSES, type HostStatus } from '#domain/hosts/host-status.js';
import { oneOf, pageIn, present, type RawSearch, textIn } from '../search.ts';

export type HostSort = (typeof HOST_SORTS)[number];
export interface HostsSearch {
  readonly page: number;
  readonly status: HostStatus;
  /** As it is typed; what is wrong with it is told where it is shown. */
  readonly filter: string;
  readonly sort: HostSort;
  readonly order: 'asc' | 'desc';
  /** Those that are deleted, instead of the others. */
  readonly deleted: 'yes';
  /** Those that are ignored, instead of the others. */
  readonly ignored: 'yes';
}

export function readHostsSearch(search: RawSearch): Partial<HostsSearch> {
  return present<HostsSearch>({
    page: pageIn(search),
    status: oneOf(HOST_STATUSES, search['status']),
    filter: textIn(search['filter'], MAX_FILTER_CHARACTERS),
    sort: oneOf(HOST_SORTS, search['sort']),
    order: oneOf(['asc', 'desc'], search['order']),
    deleted: oneOf(['yes'], search['deleted']),
    ignored: oneOf(['yes'], search['ignored']),
  });
}
