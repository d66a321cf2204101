import type { HostDetail, NameCandidate } from '#contract/hosts/host.js';
import { MAX_HOST_NAME_CHARACTERS } from '#domain/addresses/host-name.js';
import { useForm } from '../../actions/actions/use-form.ts';
import { editHost } from '../../actions/hosts/host-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';

const SOURCE_TEXTS: Readonly<Record<NameCandidate['source'], string>> = {
  custom: 'given by hand',
  ptr: 'from the DNS',
  report: 'from a report',
  address: 'its address',
};

/** What it is called, by whom, and the name that is given by hand. */
export function HostNames({ host }: { readonly host: HostDetail }) {
  const { field, draft, failure, pending, forget, submit } = useForm(editHost, {
    name: host.custom_name ?? '',
  });
  const wanted = draft.name.trim();
  const onSubmit = submit(() => ({ host, change: { custom_name: wanted === '' ? null : wanted } }), forget);

  return (
    <Panel title="Names">
      <form noValidate onSubmit={onSubmit} className="flex flex-wrap items-end gap-3">
        <TextField
          label="Name given by hand"
          hint="Shown before every name that is found; empty takes it away."
          failure={failure}
          maxLength={MAX_HOST_NAME_CHARACTERS}
          {...field('name')}
        />
        <Button type="submit" pending={pending} disabled={wanted === (host.custom_name ?? '')}>
          Save name
        </Button>
      </form>
      {host.name_candidates.length > 0 && (
        <ul className="mt-4 flex flex-col gap-1 text-sm">
          {host.name_candidates.map(({ name: found, source, detail, actor, observed_at }) => (
            <li key={`${source}-${detail}-${found}`} className="flex flex-wrap gap-x-3">
              <span className="break-all">{found}</span>
              <span className="text-muted">
                {SOURCE_TEXTS[source]}
                {actor === null ? '' : ` by ${actor}`}, <Ago time={observed_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
