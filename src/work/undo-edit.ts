import { ScanoramaError } from '#domain/error.js';
import { labelKey } from '#domain/label-name.js';
import type { Executor } from '#store/database.js';
import { type EditView, extentOfEdit, findEdit } from '#store/edits.js';
import {
  type MembershipKind,
  pairsOfEdit,
  putInto,
  subjectsOfEdit,
  takeOutOf,
} from '#store/host-memberships.js';
import {
  notesOfEdit,
  ownersBefore,
  setFieldValues,
  setNotesRemoved,
  setOwners,
  valuesBefore,
} from '#store/host-values.js';
import { findTag, insertTags } from '#store/tags.js';
import type { Actor, WorkContext } from '#work/context.js';
import { type EditOutcome, inEditTurn, recordEdit } from '#work/record-edit.js';

export interface UndoOutcome extends EditOutcome {
  /** Changes that were left as they are: somebody changed them again since, or what they name is gone. */
  readonly left: number;
}

/**
 * Takes an edit back, as an edit of its own that can be taken back in turn. What somebody changed again since is left as
 * it is. Throws `not_found`, and `conflict` when it was taken back already or nothing of it is left to take back.
 */
export async function undoEdit(context: WorkContext, uid: string, actor: Actor): Promise<UndoOutcome> {
  const outcome = await inEditTurn(context, async (executor) => {
    const past = await findEdit(executor, uid);
    if (past.undoneBy !== null) throw undoneAlready(past);
    const { changes } = await extentOfEdit(executor, past.id);
    const made = await recordEdit(context, executor, {
      words: { summary: `undo: ${past.summary}`, actor, undoes: past.id },
      act: (editId) => takeBack(executor, { past, editId, actor }),
    });
    if (made.edit === null) throw nothingLeft(past);
    return { ...made, left: changes - made.changes };
  });
  context.log.info({ edit: outcome.edit, undoes: uid, hosts: outcome.hostsChanged, actor }, 'edit undone');
  return outcome;
}

interface Undoing {
  readonly past: EditView;
  readonly editId: number;
  readonly actor: Actor;
}

async function takeBack(executor: Executor, { past, editId, actor }: Undoing): Promise<void> {
  for (const kind of ['tag', 'group'] as const) {
    const ids = await whatIsThere(executor, kind, { past, editId, actor });
    if (ids.size === 0) continue;
    const added = { editId: past.id, added: true };
    const removed = { editId: past.id, added: false };
    await takeOutOf(executor, { kind, editId, pairs: pairsOfEdit(kind, added, ids) });
    await putInto(executor, { kind, editId, pairs: pairsOfEdit(kind, removed, ids) });
  }
  await setOwners(executor, editId, ownersBefore(past.id));
  await setFieldValues(executor, editId, valuesBefore(past.id));
  for (const added of [true, false])
    await setNotesRemoved(executor, editId, {
      notes: notesOfEdit({ editId: past.id, added }),
      removed: added,
    });
}

/** The tags or groups of an edit that there are, by uid. A tag that was removed is made again. */
async function whatIsThere(
  executor: Executor,
  kind: MembershipKind,
  { past, actor }: Undoing,
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>();
  for (const { uid, name, id } of await subjectsOfEdit(executor, past.id, kind)) {
    if (id !== null) ids.set(uid, id);
    else if (kind === 'tag') ids.set(uid, await tagAgain(executor, { uid, name, colour: null, actor }));
  }
  return ids;
}

/** The tag under its old uid, or the one that has its name by now. */
async function tagAgain(executor: Executor, tag: Parameters<typeof insertTags>[1][number]): Promise<number> {
  await insertTags(executor, [tag]);
  return (await findTag(executor, labelKey(tag.name))).id;
}

function undoneAlready({ uid, undoneBy }: EditView): ScanoramaError {
  return new ScanoramaError('conflict', `The edit ${uid} was taken back already.`, {
    at: uid,
    hint: `\`scanorama hosts undo ${undoneBy ?? ''}\` makes it again.`,
    facts: { undone_by: undoneBy },
  });
}

function nothingLeft({ uid }: EditView): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    `Nothing is left of the edit ${uid}: all of it was changed again since.`,
    { at: uid, hint: '`scanorama hosts history HOST` shows by whom.' },
  );
}
