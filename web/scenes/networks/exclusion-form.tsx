import { type SubmitEvent, useState } from 'react';
import type { Network } from '#contract/network.js';
import { addExclusion } from '../../actions/network-actions.ts';
import { useAction } from '../../actions/use-action.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { useSiteNames } from '../site-field.tsx';

const EMPTY = { address: '', reason: '', place: '' };
const SITE = 'site:';
const NETWORK = 'network:';

/** The part of the request that a choice of place stands for. */
function placeOf(place: string): { site?: string; network?: string } {
  if (place.startsWith(SITE)) return { site: place.slice(SITE.length) };
  return place.startsWith(NETWORK) ? { network: place.slice(NETWORK.length) } : {};
}

export function ExclusionForm({ networks }: { readonly networks: readonly Network[] }) {
  const sites = useSiteNames();
  const [draft, setDraft] = useState(EMPTY);
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(addExclusion, setError);
  const change = (changes: Partial<typeof EMPTY>): void => {
    setError(undefined);
    setDraft({ ...draft, ...changes });
  };

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const reason = draft.reason.trim();
    const request = {
      address: draft.address.trim(),
      ...placeOf(draft.place),
      ...(reason === '' ? {} : { reason }),
    };
    if (await perform(request)) setDraft({ ...EMPTY, place: draft.place });
  }

  return (
    <form
      noValidate
      onSubmit={(event) => void submit(event)}
      className="grid items-start gap-4 sm:grid-cols-4"
    >
      <Field
        label="Addresses"
        hint="An address, a range or a network."
        failure={error === undefined ? undefined : failureOf(error)}
      >
        {(attributes) => (
          <input
            {...attributes}
            spellCheck={false}
            autoCapitalize="off"
            placeholder="198.18.0.9"
            className={`${attributes.className} font-mono`}
            value={draft.address}
            onChange={(event) => change({ address: event.target.value })}
          />
        )}
      </Field>
      <Field label="Where">
        {(attributes) => (
          <select
            {...attributes}
            value={draft.place}
            onChange={(event) => change({ place: event.target.value })}
          >
            <option value="">everywhere</option>
            {sites.map((site) => (
              <option key={site} value={`${SITE}${site}`}>{`site ${site}`}</option>
            ))}
            {networks.map(({ id, name, site }) => (
              <option key={id} value={`${NETWORK}${id}`}>{`network ${name} (${site})`}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Reason">
        {(attributes) => (
          <input
            {...attributes}
            value={draft.reason}
            onChange={(event) => change({ reason: event.target.value })}
          />
        )}
      </Field>
      <Button type="submit" disabled={pending} className="sm:mt-6.5">
        {addExclusion.label}
      </Button>
    </form>
  );
}
