import { pageIn, present, type RawSearch } from '../search.ts';

export interface ProfilesSearch {
  readonly page: number;
}

export function readProfilesSearch(search: RawSearch): Partial<ProfilesSearch> {
  return present<ProfilesSearch>({ page: pageIn(search) });
}
