import type { HostNote } from '#contract/api/annotation.js';
import type { HostDetail } from '#contract/hosts/host.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { useForm } from '../../actions/actions/use-form.ts';
import { editHosts, removeNote } from '../../actions/hosts/annotation-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { AreaField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';

/** Notes are plain text: what looks like a mark-up is shown as it was written. */
export function HostNotes({ host }: { readonly host: HostDetail }) {
  const { field, draft, failure, pending, change, submit } = useForm(editHosts, { note: '' });
  const onSubmit = submit(
    ({ note }) => ({ host_ids: [host.id], change: { note } }),
    () => change({ note: '' }),
  );
  return (
    <Panel title="Notes">
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-3">
        <AreaField label="New note" failure={failure} {...field('note')} />
        <Button type="submit" pending={pending} disabled={draft.note.trim() === ''} className="ml-auto">
          Add note
        </Button>
      </form>
      {host.notes.length > 0 && (
        <ul className="mt-4 flex flex-col divide-y divide-line border-t border-line">
          {host.notes.map((note) => (
            <Note key={note.id} host={host.id} note={note} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Note({ host, note }: { readonly host: string; readonly note: HostNote }) {
  const remove = useOffer(removeNote, { host, note: note.id });
  return (
    <li className="flex items-start justify-between gap-3 py-3 text-sm">
      <div className="min-w-0">
        <p className="break-words whitespace-pre-wrap">{note.text}</p>
        <p className="mt-1 text-xs text-muted">
          {note.author}, <Ago time={note.written_at} />
        </p>
      </div>
      <ActionButton offer={remove} variant="bare" />
    </li>
  );
}
