import { pageIn, present, type RawSearch } from '../search.ts';

export interface NetworksSearch {
  readonly page: number;
}

export function readNetworksSearch(search: RawSearch): Partial<NetworksSearch> {
  return present<NetworksSearch>({ page: pageIn(search) });
}
