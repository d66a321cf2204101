import { oneOf, pageIn, present, type RawSearch } from '../search.ts';

export interface WorkersSearch {
  readonly page: number;
  /** Also those that are gone. */
  readonly all: 'yes';
}

export function readWorkersSearch(search: RawSearch): Partial<WorkersSearch> {
  return present<WorkersSearch>({ page: pageIn(search), all: oneOf(['yes'], search['all']) });
}
