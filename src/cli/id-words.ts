import { usage } from '#cli/usage.js';
import type { Client } from '#contract/client.js';
import { ScanoramaError } from '#domain/error.js';
import { clip, quote } from '#domain/quote.js';
import { isUid, UID_BEGINNING } from '#domain/uid.js';

/** The one that was made last. */
const LAST = 'last';
/** As many as an error names. */
const NAMED_MAX = 5;

type AskedFor = { readonly id_prefix?: string; readonly page_size: number };

/** Things that a word on the command line means: by their id, how that begins, or `last`. */
export interface Things {
  readonly noun: string;
  /** The command that shows their ids. */
  readonly listedBy: string;
  /** The newest first. */
  readonly list: (client: Client, asked: AskedFor) => Promise<readonly { readonly id: string }[]>;
  /** What is said, and what can be done, where there is none. */
  readonly none: { readonly message: string; readonly hint: string };
}

/** What a person did to hosts; an undo is one too. */
export const EDITS: Things = {
  noun: 'edit',
  listedBy: 'hosts edits',
  list: async (client, asked) => (await client.hostEdits(asked)).data,
  none: { message: 'Nothing was edited yet.', hint: 'See `scanorama hosts edit --help`.' },
};

/** What a person decided about devices; an undo is one too. */
export const DECISIONS: Things = {
  noun: 'decision',
  listedBy: 'devices decisions',
  list: async (client, asked) => (await client.deviceDecisions(asked)).data,
  none: { message: 'Nothing was decided yet.', hint: 'See `scanorama devices merge --help`.' },
};

export const isIdWord = (word: string): boolean => word === LAST || isUid(word) || UID_BEGINNING.test(word);

/** Throws `usage`. */
export function idWordOf({ noun, listedBy }: Things, word: string): string {
  if (isIdWord(word)) return word.toLowerCase();
  throw usage(`${quote(word)} is not the id of ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}.`, {
    hint: `\`scanorama ${listedBy}\` shows the ids. Their first six characters will do, and so will last.`,
    at: clip(word),
  });
}

/** The id of the one that is meant. Throws `not_found`, and `usage` where a beginning is that of several. */
export async function idOf(
  client: Client,
  { noun, listedBy, list, none }: Things,
  word: string,
): Promise<string> {
  if (isUid(word)) return word;
  if (word === LAST) {
    const [last] = await list(client, { page_size: 1 });
    if (last !== undefined) return last.id;
    throw new ScanoramaError('not_found', none.message, { hint: none.hint });
  }
  const found = await list(client, { id_prefix: word, page_size: NAMED_MAX });
  const [only, other] = found;
  if (only === undefined)
    throw new ScanoramaError('not_found', `No ${noun} has an id that begins with ${word}.`, {
      hint: `\`scanorama ${listedBy}\` shows the ${noun}s.`,
      at: word,
    });
  if (other === undefined) return only.id;
  throw usage(`Several ${noun}s have an id that begins with ${word}.`, {
    hint: `Give more of it: ${found.map(({ id }) => id).join(', ')}.`,
    at: word,
  });
}
