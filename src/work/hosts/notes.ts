import { ScanoramaError } from '#domain/errors/error.js';
import { lockHosts } from '#store/edits/edits.js';
import { notesOf } from '#store/groups/annotations.js';
import { setNotesRemoved, theseNotes } from '#store/hosts/host-values.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { type EditOutcome, recordEdit, underEditLock } from '#work/edits/record-edit.js';

/** Takes a note away from a host; its history keeps the text. Throws `not_found`. */
export function removeNote(
  context: WorkContext,
  { host, note, actor }: { readonly host: string; readonly note: string; readonly actor: Actor },
): Promise<EditOutcome> {
  return underEditLock(context, async (executor) => {
    const [held] = await lockHosts(executor, [host]);
    const notes = held === undefined ? [] : await notesOf(executor, held.id);
    if (!notes.some(({ uid }) => uid === note))
      throw new ScanoramaError('not_found', `This host has no note with the id ${note}.`, { at: note });
    return recordEdit(context, executor, {
      terms: { summary: 'remove a note', actor },
      act: (editId) => setNotesRemoved(executor, editId, { notes: theseNotes([note]), removed: true }),
    });
  });
}
