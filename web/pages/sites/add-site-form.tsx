import { useForm } from '../../actions/actions/use-form.ts';
import { addSite } from '../../actions/settings/site-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';

export function AddSiteForm() {
  const { field, failure, pending, submit } = useForm(addSite, { name: '' });
  const onSubmit = submit(({ name }) => ({ name: name.trim() }));
  return (
    <Panel title="Make a site">
      <form noValidate onSubmit={onSubmit} className="grid items-start gap-4 sm:grid-cols-[1fr_auto]">
        <TextField
          label="Name"
          hint="A place of its own: the same address at two sites is two hosts."
          failure={failure}
          placeholder="branch"
          {...field('name')}
        />
        <Button type="submit" variant="primary" pending={pending} className="sm:mt-6.5">
          {addSite.label}
        </Button>
      </form>
    </Panel>
  );
}
