import { useNavigate } from '@tanstack/react-router';
import { useForm } from '../../actions/actions/use-form.ts';
import { createGroup } from '../../actions/hosts/annotation-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { type GroupDraft, GroupFields } from './group-fields.tsx';

const EMPTY: GroupDraft = { name: '', description: '', color: '', rule: '' };

/** Makes a group: of whatever a filter finds, or without one a list to put hosts into. */
export function CreateGroupForm({ rule: given }: { readonly rule: string }) {
  const { draft, error, pending, change, submit } = useForm(createGroup, { ...EMPTY, rule: given });
  const navigate = useNavigate();
  const onSubmit = submit(
    ({ name, ...others }) => {
      const specified = Object.entries(others).filter(([, text]) => text.trim() !== '');
      return { name: name.trim(), ...Object.fromEntries(specified.map(([key, text]) => [key, text.trim()])) };
    },
    () => {
      change(EMPTY);
      return given === '' ? undefined : navigate({ to: '/groups', search: {}, replace: true });
    },
  );
  return (
    <Panel title="Make a group">
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        <GroupFields draft={draft} error={error} hasRule onChange={change} />
        <Button type="submit" variant="primary" pending={pending} className="ml-auto">
          {createGroup.label}
        </Button>
      </form>
    </Panel>
  );
}
