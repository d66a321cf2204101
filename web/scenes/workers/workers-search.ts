import { pageIn, present, type RawSearch } from '../search.ts';

export interface WorkersSearch {
  readonly page: number;
  /** Also those that are gone. */
  readonly all: true;
}

export function readWorkersSearch(search: RawSearch): Partial<WorkersSearch> {
  return present<WorkersSearch>({ page: pageIn(search), all: search['all'] === true ? true : undefined });
}
