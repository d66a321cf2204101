import { ScanoramaError } from '#domain/errors/error.js';
import type { LabelKind } from '#domain/hosts/host-edit-kind.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { type EditView, extentOfEdit, findEdit, hostsOfEdit, lockHostsOf } from '#store/edits/edits.js';
import { factsBefore, lockHostToEdit } from '#store/edits/host-edits.js';
import {
  countLabelsLeft,
  type GoneLabel,
  labelsGoneSince,
  lockCreatedLabels,
  makeLabelAgain,
  removeLabel,
  type StandIns,
  unusedLabelsOf,
} from '#store/edits/label-edits.js';
import { editsReaffirming, isUnreferenced, type LaterEdits } from '#store/edits/later-edits.js';
import {
  giveToScansAgain,
  lockScansOf,
  scansOfEdit,
  takeAgainFromScans,
} from '#store/edits/scan-tag-edits.js';
import { lockExistingNames } from '#store/filter/filter-names.js';
import { findGroup } from '#store/groups/host-groups.js';
import { type MembershipKind, pairsOfEdit, putInto, takeOutOf } from '#store/groups/host-memberships.js';
import {
  notesOfEdit,
  ownersBefore,
  setFieldValues,
  setNotesRemoved,
  setOwners,
  valuesBefore,
} from '#store/hosts/host-values.js';
import { findTag } from '#store/tags/tags.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { assertTagLimits } from '#work/edits/create-tags.js';
import { assertFieldLimits } from '#work/edits/custom-fields.js';
import { assertNothingNames } from '#work/edits/group-rules.js';
import { assertGroupLimits } from '#work/edits/groups.js';
import { type EditOutcome, recordEdit, underEditLock } from '#work/edits/record-edit.js';
import { assertWithinLimits } from '#work/edits/undo-limits.js';
import { setFacts } from '#work/hosts/edit-host.js';

export interface UndoOutcome extends EditOutcome {
  /** Of the edit that was taken back. */
  readonly summary: string;
  /** Changes that were left as they are: somebody changed them again since, what they name is gone, another has its name, or a rule or schedule names it. */
  readonly left: number;
}

/**
 * Takes an edit back, as an edit of its own that can be taken back in turn. What somebody said again since is left as
 * it is, also where they said the same. Of one that stands again it takes back what made it again. Throws `not_found`, and `conflict` when it was taken back
 * already, nothing of it is left to take back, or a host or scan would have more than it may.
 */
export async function undoEdit(context: WorkContext, uid: string, actor: Actor): Promise<UndoOutcome> {
  const outcome = await underEditLock(context, async (executor) => {
    const meant = await findEdit(executor, uid);
    if (meant.undoneBy !== null) throw undoneAlready(meant);
    const past = meant.recreatedBy === null ? meant : await findEdit(executor, meant.recreatedBy);
    await lockHostsOf(executor, hostsOfEdit(past.id));
    await lockScansOf(executor, scansOfEdit(past.id));
    const { changes, labels } = await extentOfEdit(executor, past.id);
    const reasons: ScanoramaError[] = [];
    const created = await recordEdit(context, executor, {
      terms: { summary: `undo: ${past.summary}`, actor, undoes: past.id },
      act: (editId) => takeBack(context, executor, { past, editId, actor, reasons }),
    });
    if (created.edit === null) throw reasons[0] ?? nothingLeft(past);
    // What is made again for hosts and scans alone is none of what is taken back.
    const left = changes - labels - (created.changes - created.labelsChanged);
    return { ...created, summary: past.summary, left: left + (await countLabelsLeft(executor, past.id)) };
  });
  context.log.info({ edit: outcome.edit, undoes: uid, hosts: outcome.hostsChanged, actor }, 'edit undone');
  return outcome;
}

interface Undoing {
  readonly past: EditView;
  readonly editId: number;
  readonly actor: Actor;
  /** Why a tag, group or field is not made again, or not removed again: each that stays adds one. */
  readonly reasons: ScanoramaError[];
}

async function takeBack(
  context: WorkContext,
  executor: Executor,
  { past, editId, actor, reasons }: Undoing,
): Promise<void> {
  const edit = { editId: past.id, reaffirmedBy: await editsReaffirming(executor, past.id) };
  const standIns = await makeGoneAgain(executor, { past, editId, reasons, reaffirmedBy: edit.reaffirmedBy });
  for (const kind of ['tag', 'group'] as const) {
    await takeOutOf(executor, { kind, editId, pairs: pairsOfEdit(kind, { ...edit, added: true }, NONE) });
    await putInto(executor, {
      kind,
      editId,
      pairs: pairsOfEdit(kind, { ...edit, added: false }, standIns[kind]),
    });
  }
  await takeAgainFromScans(executor, editId, past.id);
  await giveToScansAgain(executor, { editId, pastId: past.id, standIns: standIns.tag });
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
  await assertWithinLimits(executor, editId);
  await lockCreatedLabels(executor, past.id);
  for (const label of await unusedLabelsOf(executor, past.id)) {
    const naming = await conflictOf(assertNothingNames(executor, label));
    if (naming === undefined) await removeLabel(executor, editId, label);
    else reasons.push(naming);
  }
}

const NONE: StandIns = new Map();

async function conflictOf(check: Promise<void>): Promise<ScanoramaError | undefined> {
  try {
    await check;
    return undefined;
  } catch (error) {
    if (error instanceof ScanoramaError && error.code === 'conflict') return error;
    throw error;
  }
}

/**
 * Makes again what hosts or scans lose by an edit, or what it removed, where that is not there any more: each as it was when it
 * was removed. Gives what has the name of one by now, which stands in for it; a group with a rule and a field do not.
 */
async function makeGoneAgain(
  executor: Executor,
  { past, editId, reasons, reaffirmedBy }: Omit<Undoing, 'actor'> & { readonly reaffirmedBy: LaterEdits },
): Promise<Readonly<Record<MembershipKind, StandIns>>> {
  const standIns = { tag: new Map<string, number>(), group: new Map<string, number>() };
  for (const gone of await labelsGoneSince(executor, past.id, isUnreferenced(reaffirmedBy))) {
    const { kind, uid, name } = gone;
    if (await makeLabelAgain(executor, editId, gone)) {
      await HOLDS[kind](executor, uid);
      continue;
    }
    reasons.push(takenByNow(gone));
    if (kind === 'tag') standIns.tag.set(uid, (await findTag(executor, name)).id);
    else if (kind === 'group') {
      const group = await findGroup(executor, name);
      if (group.kind === 'static') standIns.group.set(uid, group.id);
    }
  }
  return standIns;
}

/** Refuses what was made again as making it refuses it. */
const HOLDS: Readonly<Record<LabelKind, (executor: Executor, uid: string) => Promise<void>>> = {
  tag: assertTagLimits,
  group: assertGroupHolds,
  field: assertFieldLimits,
};

async function assertGroupHolds(executor: Executor, uid: string): Promise<void> {
  await assertGroupLimits(executor);
  const { name, ruleText } = await findGroup(executor, uid);
  if (ruleText !== null) await lockExistingNames(executor, ruleText, name);
}

function undoneAlready({ uid, undoneBy }: EditView): ScanoramaError {
  return new ScanoramaError('conflict', `The edit ${uid} was taken back already.`, {
    at: uid,
    hint: `\`scanorama hosts undo ${undoneBy ?? ''}\` makes it again.`,
    facts: { undone_by: undoneBy },
  });
}

function takenByNow({ kind, name }: GoneLabel): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    `The ${kind} ${quote(name)} cannot be made again: another has its name by now.`,
    { at: name, hint: `${kind === 'field' ? 'Remove' : 'Rename'} that one first.` },
  );
}

function nothingLeft({ uid }: EditView): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    `Nothing is left of the edit ${uid}: all of it was changed again since, or what it names is gone.`,
    { at: uid, hint: '`scanorama hosts history HOST` shows by whom.' },
  );
}
