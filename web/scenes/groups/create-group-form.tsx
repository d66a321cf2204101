import { Link, useNavigate } from '@tanstack/react-router';
import { type SubmitEvent, useState } from 'react';
import { createGroup } from '../../actions/annotation-actions.ts';
import { useAction } from '../../actions/use-action.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';

/** Makes a group: of whatever a filter finds, or without one a list to put hosts into. */
export function CreateGroupForm({ rule: given }: { readonly rule: string }) {
  const [draft, setDraft] = useState({ name: '', description: '', rule: given });
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(createGroup, setError);
  const navigate = useNavigate();
  const change = (changes: Partial<typeof draft>): void => {
    setError(undefined);
    setDraft({ ...draft, ...changes });
  };

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const [name, description, rule] = [draft.name, draft.description, draft.rule].map((text) => text.trim());
    const request = {
      name: name ?? '',
      ...(description === '' ? {} : { description }),
      ...(rule === '' ? {} : { rule }),
    };
    if (!(await perform(request))) return;
    setDraft({ name: '', description: '', rule: '' });
    if (given !== '') await navigate({ to: '/groups', search: {}, replace: true });
  }

  return (
    <Panel title="Make a group">
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Name" failure={error === undefined ? undefined : failureOf(error)}>
            {(attributes) => (
              <input
                {...attributes}
                placeholder="printers"
                value={draft.name}
                onChange={(event) => change({ name: event.target.value })}
              />
            )}
          </Field>
          <Field label="Description">
            {(attributes) => (
              <input
                {...attributes}
                value={draft.description}
                onChange={(event) => change({ description: event.target.value })}
              />
            )}
          </Field>
        </div>
        <Field
          label="Rule"
          hint={
            <>
              A filter, such as the one of the <Link to="/hosts">list of hosts</Link>: its hosts are the
              members, always as they are then. Without one, hosts are put into the group.
            </>
          }
        >
          {(attributes) => (
            <input
              {...attributes}
              spellCheck={false}
              autoCapitalize="off"
              placeholder="port:9100 or tag:printer"
              className={`${attributes.className} font-mono`}
              value={draft.rule}
              onChange={(event) => change({ rule: event.target.value })}
            />
          )}
        </Field>
        <Button type="submit" look="primary" disabled={pending} className="ml-auto">
          {createGroup.label}
        </Button>
      </form>
    </Panel>
  );
}
