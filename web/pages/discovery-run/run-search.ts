import { idIn, pageIn, present, type RawSearch } from '../search.ts';

export interface RunSearch {
  readonly page: number;
  /** The earlier run it is compared with. */
  readonly against: string;
}

export function readRunSearch(search: RawSearch): Partial<RunSearch> {
  return present<RunSearch>({ page: pageIn(search), against: idIn(search['against']) });
}
