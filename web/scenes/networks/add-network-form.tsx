import { type SubmitEvent, useState } from 'react';
import { DEFAULT_SITE } from '#domain/site-name.js';
import { addNetwork } from '../../actions/network-actions.ts';
import { useAction } from '../../actions/use-action.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { SiteField } from '../site-field.tsx';

const EMPTY = { cidr: '', name: '', site: DEFAULT_SITE };

export function AddNetworkForm() {
  const [draft, setDraft] = useState(EMPTY);
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(addNetwork, setError);
  const change = (changes: Partial<typeof EMPTY>): void => {
    setError(undefined);
    setDraft({ ...draft, ...changes });
  };

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const name = draft.name.trim();
    const request = { cidr: draft.cidr.trim(), site: draft.site, ...(name === '' ? {} : { name }) };
    if (await perform(request)) setDraft({ ...EMPTY, site: draft.site });
  }

  return (
    <Panel title="Add a network">
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-3">
          <Field
            label="Network"
            hint="With its prefix length, IPv6 alike."
            failure={error === undefined ? undefined : failureOf(error)}
          >
            {(attributes) => (
              <input
                {...attributes}
                spellCheck={false}
                autoCapitalize="off"
                placeholder="198.18.0.0/24"
                className={`${attributes.className} font-mono`}
                value={draft.cidr}
                onChange={(event) => change({ cidr: event.target.value })}
              />
            )}
          </Field>
          <Field label="Name" hint="Its CIDR when empty.">
            {(attributes) => (
              <input
                {...attributes}
                placeholder="office"
                value={draft.name}
                onChange={(event) => change({ name: event.target.value })}
              />
            )}
          </Field>
          <SiteField value={draft.site} onChange={(site) => change({ site })} />
        </div>
        <Button type="submit" look="primary" disabled={pending} className="ml-auto">
          {addNetwork.label}
        </Button>
      </form>
    </Panel>
  );
}
