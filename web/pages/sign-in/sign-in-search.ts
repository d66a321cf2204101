import { present, type RawSearch, safeNext, textIn } from '../search.ts';

const MAX_TOKEN_CHARACTERS = 200;

interface SignInSearch {
  /** The secret of a one-time link. */
  readonly token: string;
  /** Where to go afterwards. */
  readonly next: string;
}

export function readSignInSearch(search: RawSearch): Partial<SignInSearch> {
  return present<SignInSearch>({
    token: textIn(search['token'], MAX_TOKEN_CHARACTERS),
    next: safeNext(search['next']),
  });
}
