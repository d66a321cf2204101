import { pageIn, present, type RawSearch, textIn } from '../search.ts';

const MAX_RULE_CHARACTERS = 4_000;

export interface GroupsSearch {
  readonly page: number;
  /** A filter to make a group of. */
  readonly rule: string;
}

export function readGroupsSearch(search: RawSearch): Partial<GroupsSearch> {
  return present<GroupsSearch>({
    page: pageIn(search),
    rule: textIn(search['rule'], MAX_RULE_CHARACTERS),
  });
}

export interface GroupSearch {
  readonly page: number;
}

export function readGroupSearch(search: RawSearch): Partial<GroupSearch> {
  return present<GroupSearch>({ page: pageIn(search) });
}
