import { usage } from '#cli/arguments/usage.js';
import { localTime } from '#cli/output/time.js';
import type { Client } from '#contract/api/client.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid, UID_BEGINNING } from '#domain/errors/uid.js';
import { clip, quote } from '#domain/text/quote.js';

/** The one that was made last. */
const LAST = 'last';
/** As many as an error names. */
const NAMED_MAX = 5;

/** What is said of an id on the command line, wherever one is asked for. */
export const ID_BEGINNING = 'a prefix of it that is unique';

/** A thing with what tells a person which one it is. */
export interface Reported {
  readonly id: string;
  readonly shown: string;
}

type RequestedFor = { readonly id_prefix?: string; readonly page_size: number };

/** Things that a word on the command line means: by their id, how that begins, or `last`. */
export interface Items {
  readonly noun: string;
  /** The command that shows their ids. */
  readonly listedBy: string;
  /** The newest first. */
  readonly list: (client: Client, probed: RequestedFor) => Promise<readonly Reported[]>;
  /** What is said, and what can be done, where there is none. */
  readonly none: { readonly message: string; readonly hint: string };
}

/** What a person did to hosts; an undo is one too. */
export const EDITS: Items = {
  noun: 'edit',
  listedBy: 'hosts edits',
  list: async (client, probed) =>
    (await client.hostEdits(probed)).data.map(({ id, summary, created_at }) => ({
      id,
      shown: `${summary}, ${localTime(created_at)}`,
    })),
  none: { message: 'Nothing was edited yet.', hint: 'See `scanorama hosts edit --help`.' },
};

/** What a person decided about devices; an undo is one too. */
export const DECISIONS: Items = {
  noun: 'decision',
  listedBy: 'devices decisions',
  list: async (client, probed) =>
    (await client.deviceDecisions(probed)).data.map(({ id, kind, addresses, created_at }) => ({
      id,
      shown: `${kind} of ${addresses[0] ?? 'a device'}, ${localTime(created_at)}`,
    })),
  none: { message: 'Nothing was decided yet.', hint: 'See `scanorama devices merge --help`.' },
};

export const isIdArgument = (arg: string): boolean => arg === LAST || isUid(arg) || UID_BEGINNING.test(arg);

/** Throws `usage`. */
export function idArgumentOf({ noun, listedBy }: Items, arg: string): string {
  if (isIdArgument(arg)) return arg.toLowerCase();
  throw usage(`${quote(arg)} is not the id of ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}.`, {
    hint: `\`scanorama ${listedBy}\` shows the ids; last will do too, or ${ID_BEGINNING}, six characters at least.`,
    at: clip(arg),
  });
}

/** The id of the one that is meant. Throws `not_found`, and `usage` where a beginning is that of several. */
export async function idOf(
  client: Client,
  { noun, listedBy, list, none }: Items,
  arg: string,
): Promise<string> {
  if (isUid(arg)) return arg;
  if (arg === LAST) {
    const [last] = await list(client, { page_size: 1 });
    if (last !== undefined) return last.id;
    throw new ScanoramaError('not_found', none.message, { hint: none.hint });
  }
  const found = await list(client, { id_prefix: arg, page_size: NAMED_MAX + 1 });
  const [only, other] = found;
  if (only === undefined)
    throw new ScanoramaError('not_found', `No ${noun} has an id that begins with ${arg}.`, {
      hint: `\`scanorama ${listedBy}\` shows the ${noun}s.`,
      at: arg,
    });
  if (other === undefined) return only.id;
  throw usage(`Several ${noun}s have an id that begins with ${arg}.`, {
    hint: `Give more of it: ${candidatesText(found)}.`,
    at: arg,
  });
}

function candidatesText(found: readonly Reported[]): string {
  const named = found.slice(0, NAMED_MAX).map(({ id, shown }) => `${id} (${shown})`);
  return [...named, ...(found.length > NAMED_MAX ? ['and more'] : [])].join(', ');
}
