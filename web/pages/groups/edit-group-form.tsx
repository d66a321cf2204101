import { useState } from 'react';
import type { Group } from '#contract/labels/group.js';
import { useForm } from '../../actions/actions/use-form.ts';
import { changeGroup } from '../../actions/hosts/annotation-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { GroupFields } from './group-fields.tsx';

/** Changes what a group is called, and of a rule group whom it has. */
export function EditGroupForm({
  group: shown,
  onDone,
}: {
  readonly group: Group;
  readonly onDone: () => void;
}) {
  const [group] = useState(shown);
  const { name, description, color, rule } = group;
  const { draft, error, pending, change, submit } = useForm(changeGroup, {
    name,
    description: description ?? '',
    color: color ?? '',
    rule: rule ?? '',
  });
  const onSubmit = submit(
    (typed) => ({
      group,
      given: {
        name: typed.name.trim(),
        description: orNull(typed.description),
        color: orNull(typed.color),
        rule: rule === null ? null : typed.rule.trim(),
      },
    }),
    onDone,
  );
  return (
    <Panel title="Edit the group">
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        <GroupFields draft={draft} error={error} hasRule={rule !== null} onChange={change} />
        <div className="ml-auto flex gap-2">
          <Button onClick={onDone}>Cancel</Button>
          <Button type="submit" variant="primary" pending={pending}>
            {changeGroup.label}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
