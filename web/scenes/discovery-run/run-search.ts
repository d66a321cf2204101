import { pageIn, present, type RawSearch } from '../search.ts';

export interface RunSearch {
  readonly page: number;
}

export function readRunSearch(search: RawSearch): Partial<RunSearch> {
  return present<RunSearch>({ page: pageIn(search) });
}
