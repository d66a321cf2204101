import { type SubmitEvent, useState } from 'react';
import type { Network } from '#contract/network.js';
import { changeNetwork } from '../../actions/network-actions.ts';
import { useAction } from '../../actions/use-action.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { FailureNotice } from '../../components/notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { GraceFields, graceDraft, readGrace } from '../grace-fields.tsx';

/** What a network is called, and how long its hosts may be silent; its CIDR stays. */
export function NetworkForm({ network }: { readonly network: Network }) {
  const [draft, setDraft] = useState({ name: network.name, description: network.description ?? '' });
  const [grace, setGrace] = useState(graceDraft(network));
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(changeNetwork, setError);
  const change = (changes: Partial<typeof draft>): void => {
    setError(undefined);
    setDraft({ ...draft, ...changes });
  };

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const description = draft.description.trim();
    try {
      const said = {
        name: draft.name.trim(),
        description: description === '' ? null : description,
        ...readGrace(grace),
      };
      await perform({ network, change: said });
    } catch (unread) {
      setError(unread);
    }
  }

  return (
    <Panel title="Settings">
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {error !== undefined && <FailureNotice failure={failureOf(error)} />}
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Name">
            {(attributes) => (
              <input
                {...attributes}
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
          <GraceFields
            draft={grace}
            onChange={(to) => {
              setError(undefined);
              setGrace(to);
            }}
          />
        </div>
        <Button type="submit" look="primary" disabled={pending} className="ml-auto">
          {changeNetwork.label}
        </Button>
      </form>
    </Panel>
  );
}
