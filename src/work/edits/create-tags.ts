import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { countTags, insertTags } from '#store/tags/tags.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { newUid } from '#work/edits/record-edit.js';

/** Of one installation. */
export const MAX_TAGS = 10_000;

/** A tag that is used for the first time is made. Throws `conflict` where that would be too many. */
export async function makeTags(
  context: WorkContext,
  executor: Executor,
  { names, actor }: { readonly names: readonly string[]; readonly actor: Actor },
): Promise<void> {
  const created = await insertTags(
    executor,
    names.map((name) => ({ uid: newUid(context), name, color: null, actor })),
  );
  if (created > 0) await assertTagLimits(executor);
}

/** Refuses tags that were just made where there are too many. */
export async function assertTagLimits(executor: Executor): Promise<void> {
  if ((await countTags(executor)) <= MAX_TAGS) return;
  throw new ScanoramaError('conflict', `There cannot be more than ${MAX_TAGS} tags.`, {
    hint: '`scanorama tags remove NAME` removes one that is not needed.',
  });
}
