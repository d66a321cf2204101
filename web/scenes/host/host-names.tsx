import { type SubmitEvent, useState } from 'react';
import type { HostDetail, NameCandidate } from '#contract/host.js';
import { MAX_HOST_NAME_CHARACTERS } from '#domain/host-name.js';
import { editHost } from '../../actions/host-actions.ts';
import { useAction } from '../../actions/use-action.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Ago } from '../../components/now.tsx';
import { Panel } from '../../components/panel.tsx';

const SOURCE_WORDS: Readonly<Record<NameCandidate['source'], string>> = {
  custom: 'given by hand',
  ptr: 'from the DNS',
  report: 'from a report',
  address: 'its address',
};

/** What it is called, by whom, and the name that is given by hand. */
export function HostNames({ host }: { readonly host: HostDetail }) {
  const [name, setName] = useState(host.custom_name ?? '');
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(editHost, setError);

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const wanted = name.trim();
    await perform({ host, change: { custom_name: wanted === '' ? null : wanted } });
  }

  return (
    <Panel title="Names">
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-wrap items-end gap-3">
        <Field
          label="Name given by hand"
          hint="Shown before every name that is found; empty takes it away."
          failure={error === undefined ? undefined : failureOf(error)}
        >
          {(attributes) => (
            <input
              {...attributes}
              maxLength={MAX_HOST_NAME_CHARACTERS}
              value={name}
              onChange={(event) => {
                setError(undefined);
                setName(event.target.value);
              }}
            />
          )}
        </Field>
        <Button type="submit" disabled={pending || name.trim() === (host.custom_name ?? '')}>
          Save name
        </Button>
      </form>
      {host.name_candidates.length > 0 && (
        <ul className="mt-4 flex flex-col gap-1 text-sm">
          {host.name_candidates.map(({ name: found, source, detail, actor, observed_at }) => (
            <li key={`${source}-${detail}-${found}`} className="flex flex-wrap gap-x-3">
              <span className="break-all">{found}</span>
              <span className="text-muted">
                {SOURCE_WORDS[source]}
                {actor === null ? '' : ` by ${actor}`}, <Ago instant={observed_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
