import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import type { Executor } from '#store/database/database.js';
import { takeEditLock } from '#store/edits/edit-lock.js';
import { deleteEdit, extentOfEdit, insertEdit } from '#store/edits/edits.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { serialized } from '#work/context/serialize.js';

/** Changes of one edit: hosts or scans, times what is said of each. */
export const MAX_CHANGES_PER_EDIT = 250_000;

/** What an edit came to. */
export interface EditOutcome {
  /** Names the edit for whoever wants to take it back; null when nothing changed, or it was only tried. */
  readonly edit: string | null;
  readonly hostsChanged: number;
  /** Scans that lost a tag with its removal, or have it again. */
  readonly scansChanged: number;
  /** Addresses of the first hosts that it changed. */
  readonly examples: readonly string[];
  /** Several may be of one host. */
  readonly changes: number;
  /** Tags, groups and fields that it removed or made again, which are changes too. */
  readonly labelsChanged: number;
}

export interface EditText {
  readonly summary: string;
  readonly actor: Actor;
  /** The id of the edit that is taken back. */
  readonly undoes?: number;
}

/** Changes hosts under an edit of its own, which is forgotten when nothing changes. Needs the edit turn. */
export async function recordEdit(
  context: WorkContext,
  executor: Executor,
  { terms: names, act }: { readonly terms: EditText; readonly act: (editId: number) => Promise<void> },
): Promise<EditOutcome> {
  const uid = newUid(context);
  const { summary, actor, undoes = null } = names;
  const editId = await insertEdit(executor, { uid, summary, actor, undoes });
  await act(editId);
  const { changes, labels, hosts, scans, examples } = await extentOfEdit(executor, editId);
  if (changes === 0) await deleteEdit(executor, editId);
  return {
    edit: changes === 0 ? null : uid,
    hostsChanged: hosts,
    scansChanged: scans,
    examples,
    changes,
    labelsChanged: labels,
  };
}

/**
 * The longest one statement of an edit may take, and the longest anybody waits for the edit of somebody else. On two cores
 * with a load of 22, 240,000 changes took 41 s, all statements together.
 */
export const EDIT_TIMEOUT_MS = 120_000;

/**
 * One transaction in which nobody else changes what people say of hosts. Who waits holds no connection meanwhile; `conflict`
 * when it takes longer than `EDIT_TIMEOUT_MS`.
 */
export function underEditLock<Answer>(
  context: WorkContext,
  work: (executor: Executor) => Promise<Answer>,
): Promise<Answer> {
  return serialized(context, { take: takeEditLock, timeoutMs: EDIT_TIMEOUT_MS, busy: isBusy }, work);
}

function isBusy(): ScanoramaError {
  return new ScanoramaError('conflict', 'Another edit of many hosts is under way, so nothing was changed.', {
    hint: 'Try again in a minute.',
  });
}

export function newUid(context: WorkContext): string {
  return createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
}
