import { HOST_SORTS } from '#contract/hosts/host.js';
import { MAX_FILTER_CHARACTERS } from '#domain/filter/filter.js';
import { HOST_STATUSES, type HostStatus } from '#domain/hosts/host-status.js';
import { pageIn, present, type RawSearch, textIn, wordIn } from '../search.ts';

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
    status: wordIn(HOST_STATUSES, search['status']),
    filter: textIn(search['filter'], MAX_FILTER_CHARACTERS),
    sort: wordIn(HOST_SORTS, search['sort']),
    order: wordIn(['asc', 'desc'], search['order']),
    deleted: wordIn(['yes'], search['deleted']),
    ignored: wordIn(['yes'], search['ignored']),
  });
}
