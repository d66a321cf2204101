import { createHash } from 'node:crypto';
import { ScanoramaError } from '#domain/errors/error.js';
import { MAX_SELECTED } from '#domain/text/selection.js';
import type { Actor } from '#work/context/context.js';

/** Which things are meant: by their ids, or whatever a list with that filter shows. */
export type Selection<Filter> =
  | { readonly uids: readonly string[] }
  | {
      readonly matching: Filter;
      /** Of what it finds these alone. */
      readonly only?: readonly string[] | undefined;
    };

/** Things that are to go, each or not at all. */
export interface DeletionOrder<Filter> {
  readonly which: Selection<Filter>;
  readonly actor: Actor;
  /** Only says what would become of them. */
  readonly dryRun?: boolean | undefined;
  /** Ends it between two transactions; what is done stays done. */
  readonly signal?: AbortSignal | undefined;
}

/** Their uids, each once; of `only` all, whether the filter finds them or not. Throws `invalid_request` for too many. */
export async function selectedOf<Filter>(
  noun: string,
  selection: Selection<Filter>,
  find: (matching: Filter, limit: number) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if ('uids' in selection) return selectedOnce(noun, selection.uids);
  const { matching, only } = selection;
  return selectedOnce(noun, only ?? (await find(matching, MAX_SELECTED + 1)));
}

function selectedOnce(noun: string, uids: readonly string[]): readonly string[] {
  const distinct = [...new Set(uids.map((uid) => uid.toLowerCase()))];
  if (distinct.length <= MAX_SELECTED) return distinct;
  throw new ScanoramaError(
    'invalid_request',
    `More than ${MAX_SELECTED.toLocaleString('en')} ${noun} are too many at once.`,
    { hint: 'Take part of them at a time.', facts: { limit: MAX_SELECTED } },
  );
}

/** What a set of things is known by to whoever agrees to it: SHA-256 of their uids in order, each with a line feed behind. */
export function digestOf(uids: readonly string[]): string {
  const hash = createHash('sha256');
  for (const uid of uids.toSorted()) hash.update(`${uid}\n`);
  return hash.digest('hex');
}

/** Refuses with `conflict` where others are meant by now than somebody agreed to; gives by what these are known. */
export function assertExpected(noun: string, expected: string | undefined, uids: readonly string[]): string {
  const digest = digestOf(uids);
  if (expected === undefined || expected === digest) return digest;
  throw new ScanoramaError(
    'conflict',
    `Other ${noun} match by now than were agreed to, so nothing was changed.`,
    { hint: 'Look again at what matches, and say yes to that.', facts: { [noun]: uids.length } },
  );
}

/** Why something stays that was agreed to: it is not what was asked for any more. */
export function matchesNoMore(noun: string, uid: string): ScanoramaError {
  return new ScanoramaError('conflict', `The ${noun} does not match any more what was asked for.`, {
    at: uid,
    hint: 'Look again at what matches.',
  });
}
