import { MAX_PAGE } from '#contract/api/pagination.js';

/** What stands behind `?` in an address, as plain text: a value is never guessed to be a number. */
export type RawSearch = Readonly<Record<string, unknown>>;

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: RawSearch): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    const text = plainText(value);
    if (text !== '') parameters.set(name, text);
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

function plainText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A page number, or nothing for the first page and for what is no page. */
export function pageIn(search: RawSearch): number | undefined {
  const page = Number(search['page']);
  return Number.isInteger(page) && page > 1 && page <= MAX_PAGE ? page : undefined;
}

/** Of a page that is a list and nothing else. */
export function readPageSearch(search: RawSearch): { readonly page?: number } {
  return present<{ readonly page: number }>({ page: pageIn(search) });
}

export function oneOf<Text extends string>(texts: readonly Text[], value: unknown): Text | undefined {
  return texts.find((raw) => raw === value);
}

export function textIn(value: unknown, maxCharacters: number): string | undefined {
  const text = plainText(value).slice(0, maxCharacters);
  return text === '' ? undefined : text;
}

/** An id as this page writes it into addresses. */
export function idIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(value)
    ? value
    : undefined;
}

/** The object without its undefined entries, so that an absent choice is absent in the address too. */
export function present<Search extends object>(
  search: {
    [Key in keyof Search]: Search[Key] | undefined;
  },
): Partial<Search>;
export function present(search: object): object {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

/** A path of ours to return to after signing in; anything that could lead elsewhere is dropped. */
export function safeNext(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\/(?![/\\])/.test(value) || value.startsWith('/sign-in'))
    return undefined;
  const base = 'https://here.invalid';
  return URL.canParse(value, base) && new URL(value, base).origin === base ? value : undefined;
}
