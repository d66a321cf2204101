import type { Network } from '#contract/networks/network.js';
import { useForm } from '../../actions/actions/use-form.ts';
import { changeNetwork } from '../../actions/settings/network-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { DownAfterFields, downAfterDraft, readDownAfter } from '../fields/down-after-fields.tsx';

/** What a network is called, and how long its hosts may be silent; its CIDR stays. */
export function NetworkForm({ network }: { readonly network: Network }) {
  const before = { name: network.name, description: network.description ?? '', ...downAfterDraft(network) };
  const { field, draft, failure, pending, change, forget, submit } = useForm(changeNetwork, before);
  const onSubmit = submit(
    ({ name, description, ...downAfter }) => ({
      network,
      given: {
        name: name.trim(),
        description: description.trim() === '' ? null : description.trim(),
        ...readDownAfter(downAfter),
      },
    }),
    forget,
  );
  return (
    <Panel title="Settings">
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        {failure && <FailureNotice failure={failure} />}
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label="Name" {...field('name')} />
          <TextField label="Description" {...field('description')} />
          <DownAfterFields draft={draft} onChange={change} />
        </div>
        <Button type="submit" variant="primary" pending={pending} className="ml-auto">
          {changeNetwork.label}
        </Button>
      </form>
    </Panel>
  );
}
