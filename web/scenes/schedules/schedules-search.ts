import { pageIn, present, type RawSearch } from '../search.ts';

export interface SchedulesSearch {
  readonly page: number;
}

export function readSchedulesSearch(search: RawSearch): Partial<SchedulesSearch> {
  return present<SchedulesSearch>({ page: pageIn(search) });
}
