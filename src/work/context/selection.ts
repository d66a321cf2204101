import { createHash } from 'node:crypto';
import { ScanoramaError } from '#domain/errors/error.js';
import { MAX_SELECTED } from '#domain/text/selection.js';
import type { Actor } from '#work/context/context.js';

/** A selection of things: by their ids, or by a filter. */
export type Selection<Filter> =
  | { readonly uids: readonly string[] }
  | {
      readonly matching: Filter;
      /** Limits the result of the filter to these. */
      readonly only?: readonly string[] | undefined;
    };

/** A deletion of several things, each deleted completely or not at all. */
export interface DeletionOrder<Filter> {
  readonly which: Selection<Filter>;
  readonly actor: Actor;
  /** Only reports what would happen. */
  readonly dryRun?: boolean | undefined;
  /** Ends the deletion between two transactions. Completed ones are kept. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The uids without duplicates. All of `only` are included, whether the filter matches or not. Throws
 * `invalid_request` for too many.
 */
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
    `More than ${MAX_SELECTED.toLocaleString('en')} ${noun} cannot be selected at once.`,
    { hint: 'Select fewer at a time.', facts: { limit: MAX_SELECTED } },
  );
}

/** Identifies the set of things that a user confirms: SHA-256 of their uids in order, each followed by a line feed. */
export function digestOf(uids: readonly string[]): string {
  const hash = createHash('sha256');
  for (const uid of uids.toSorted()) hash.update(`${uid}\n`);
  return hash.digest('hex');
}

/** Returns the digest of the uids. Throws `conflict` if it differs from the confirmed one. */
export function assertExpected(noun: string, expected: string | undefined, uids: readonly string[]): string {
  const digest = digestOf(uids);
  if (expected === undefined || expected === digest) return digest;
  throw new ScanoramaError(
    'conflict',
    `The matching ${noun} differ from the confirmed ones, so nothing was changed.`,
    { hint: 'Check what matches now, and confirm again.', facts: { [noun]: uids.length } },
  );
}

/** Why a confirmed thing is kept: it does not match the selection any more. */
export function matchesNoMore(noun: string, uid: string): ScanoramaError {
  return new ScanoramaError('conflict', `The ${noun} no longer matches the selection.`, {
    at: uid,
    hint: 'Check what matches now.',
  });
}
