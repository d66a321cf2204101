import { ScanoramaError } from '#domain/error.js';
import { MAX_SELECTED } from '#domain/selection.js';

/** Each once. Throws `invalid_request` for more than `MAX_SELECTED`. */
export function selectedOnce(noun: string, uids: readonly string[]): readonly string[] {
  const distinct = [...new Set(uids.map((uid) => uid.toLowerCase()))];
  if (distinct.length <= MAX_SELECTED) return distinct;
  throw new ScanoramaError(
    'invalid_request',
    `More than ${MAX_SELECTED.toLocaleString('en')} ${noun} are too many at once.`,
    { hint: 'Take part of them at a time.', facts: { limit: MAX_SELECTED } },
  );
}

/** Refuses with `conflict` where another number is meant by now than somebody agreed to. */
export function assertExpected(noun: string, expected: number | undefined, count: number): void {
  if (expected === undefined || expected === count) return;
  throw new ScanoramaError(
    'conflict',
    `${count} ${noun} match now, not the ${expected} that were agreed to, so nothing was changed.`,
    { hint: 'Look again at what matches, and say yes to that.', facts: { [noun]: count } },
  );
}

/** Why something stays that was agreed to: it is not what was asked for any more. */
export function matchesNoMore(noun: string, uid: string): ScanoramaError {
  return new ScanoramaError('conflict', `The ${noun} does not match any more what was asked for.`, {
    at: uid,
    hint: 'Look again at what matches.',
  });
}
