import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { useForm } from '../../actions/actions/use-form.ts';
import { addNetwork } from '../../actions/settings/network-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { SiteField } from '../fields/site-field.tsx';

const EMPTY = { cidr: '', name: '', site: DEFAULT_SITE };

export function AddNetworkForm() {
  const { field, failure, pending, change, submit } = useForm(addNetwork, EMPTY);
  const onSubmit = submit(
    ({ cidr, name, site }) => ({
      cidr: cidr.trim(),
      site,
      ...(name.trim() === '' ? {} : { name: name.trim() }),
    }),
    () => change({ cidr: '', name: '' }),
  );
  return (
    <Panel title="Add a network">
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-3">
          <TextField
            label="Network"
            hint="With its prefix length, IPv6 alike."
            failure={failure}
            isCode
            placeholder="198.18.0.0/24"
            {...field('cidr')}
          />
          <TextField label="Name" hint="Its CIDR when empty." placeholder="office" {...field('name')} />
          <SiteField {...field('site')} />
        </div>
        <Button type="submit" variant="primary" pending={pending} className="ml-auto">
          {addNetwork.label}
        </Button>
      </form>
    </Panel>
  );
}
