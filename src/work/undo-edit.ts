import { ScanoramaError } from '#domain/error.js';
import { labelKey } from '#domain/label-name.js';
import type { Executor } from '#store/database.js';
import { type EditView, extentOfEdit, findEdit, holdHostsOf, hostsOfEdit } from '#store/edits.js';
import { factsBefore, lockHostToEdit } from '#store/host-edits.js';
import { findGroup, insertGroup } from '#store/host-groups.js';
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
import { editsSayingAgain } from '#store/said-again.js';
import { findTag, insertTags, type NewTag } from '#store/tags.js';
import type { Actor, WorkContext } from '#work/context.js';
import { setFacts } from '#work/edit-host.js';
import { assertGroupsHold } from '#work/groups.js';
import { type EditOutcome, inEditTurn, recordEdit } from '#work/record-edit.js';

export interface UndoOutcome extends EditOutcome {
  /** Changes that were left as they are: somebody changed them again since, or what they name is gone. */
  readonly left: number;
}

/**
 * Takes an edit back, as an edit of its own that can be taken back in turn. What somebody said again since is left as
 * it is, also where they said the same. Of one that stands again it takes back what made it again. Throws `not_found`, and `conflict` when it was taken back already or nothing of it is left to take back.
 */
export async function undoEdit(context: WorkContext, uid: string, actor: Actor): Promise<UndoOutcome> {
  const outcome = await inEditTurn(context, async (executor) => {
    const meant = await findEdit(executor, uid);
    if (meant.undoneBy !== null) throw undoneAlready(meant);
    const past = meant.madeAgainBy === null ? meant : await findEdit(executor, meant.madeAgainBy);
    await holdHostsOf(executor, hostsOfEdit(past.id));
    const { changes } = await extentOfEdit(executor, past.id);
    const made = await recordEdit(context, executor, {
      words: { summary: `undo: ${past.summary}`, actor, undoes: past.id },
      act: (editId) => takeBack(context, executor, { past, editId, actor }),
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

async function takeBack(
  context: WorkContext,
  executor: Executor,
  { past, editId, actor }: Undoing,
): Promise<void> {
  const edit = { editId: past.id, saidAgainBy: await editsSayingAgain(executor, past.id) };
  for (const kind of ['tag', 'group'] as const) {
    const { added, removed } = await membershipsOf(executor, kind, { past, editId, actor });
    await takeOutOf(executor, { kind, editId, pairs: pairsOfEdit(kind, { ...edit, added: true }, added) });
    await putInto(executor, { kind, editId, pairs: pairsOfEdit(kind, { ...edit, added: false }, removed) });
  }
  await setOwners(executor, editId, ownersBefore(edit));
  await setFieldValues(executor, editId, valuesBefore(edit));
  for (const added of [true, false])
    await setNotesRemoved(executor, editId, {
      notes: notesOfEdit({ editId: past.id, added }),
      removed: added,
    });
  for (const [uid, facts] of Map.groupBy(await factsBefore(executor, edit), ({ hostUid }) => hostUid)) {
    const host = await lockHostToEdit(executor, uid);
    const values = facts.map(({ fact, value }) => [fact, value] as const);
    await setFacts(context, executor, { editId, host, values, actor });
  }
}

type IdsByUid = ReadonlyMap<string, number>;

/**
 * The ids of the tags or groups that hosts were put into or taken out of, by uid. One that was removed since is made again
 * for hosts that were in it; of one that an edit put them into nothing is left to take back.
 */
async function membershipsOf(
  executor: Executor,
  kind: MembershipKind,
  { past, actor }: Undoing,
): Promise<{ readonly added: IdsByUid; readonly removed: IdsByUid }> {
  const ids = { added: new Map<string, number>(), removed: new Map<string, number>() };
  for (const { uid, name, id, added } of await subjectsOfEdit(executor, past.id, kind)) {
    const into = added ? ids.added : ids.removed;
    if (id !== null) into.set(uid, id);
    else if (!added) {
      const again = await MADE_AGAIN[kind](executor, { uid, name, colour: null, actor });
      if (again !== null) into.set(uid, again);
    }
  }
  return ids;
}

type MadeAgain = (executor: Executor, words: NewTag) => Promise<number | null>;
const MADE_AGAIN: Readonly<Record<MembershipKind, MadeAgain>> = { tag: tagAgain, group: groupAgain };

/** The tag under its old uid, or the one that has its name by now. */
async function tagAgain(executor: Executor, tag: NewTag): Promise<number> {
  await insertTags(executor, [tag]);
  return (await findTag(executor, labelKey(tag.name))).id;
}

/** The group likewise; null where one with a rule has its name by now. */
async function groupAgain(executor: Executor, { uid, ...words }: NewTag): Promise<number | null> {
  const isNew = await insertGroup(executor, uid, { ...words, description: null, rule: null });
  if (isNew) await assertGroupsHold(executor);
  const { id, kind } = await findGroup(executor, isNew ? uid : words.name);
  return kind === 'static' ? id : null;
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
    `Nothing is left of the edit ${uid}: all of it was changed again since, or what it names is gone.`,
    { at: uid, hint: '`scanorama hosts history HOST` shows by whom.' },
  );
}
