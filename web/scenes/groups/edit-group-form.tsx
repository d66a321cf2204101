import { type SubmitEvent, useState } from 'react';
import type { Group } from '#contract/group.js';
import { changeGroup } from '../../actions/annotation-actions.ts';
import { useAction } from '../../actions/use-action.ts';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/panel.tsx';
import { type GroupDraft, GroupFields } from './group-fields.tsx';

/** Changes what a group is called, and of a rule group whom it has. */
export function EditGroupForm({ group, onDone }: { readonly group: Group; readonly onDone: () => void }) {
  const { name, description, colour, rule } = group;
  const [draft, setDraft] = useState<GroupDraft>({
    name,
    description: description ?? '',
    colour: colour ?? '',
    rule: rule ?? '',
  });
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(changeGroup, setError);

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const change = {
      name: draft.name.trim(),
      description: orNull(draft.description),
      colour: orNull(draft.colour),
      ...(rule === null ? {} : { rule: draft.rule.trim() }),
    };
    if (await perform({ group, change })) onDone();
  }

  return (
    <Panel title="Edit the group">
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <GroupFields
          draft={draft}
          error={error}
          hasRule={rule !== null}
          onChange={(changes) => {
            setError(undefined);
            setDraft({ ...draft, ...changes });
          }}
        />
        <div className="ml-auto flex gap-2">
          <Button onClick={onDone}>Cancel</Button>
          <Button type="submit" look="primary" disabled={pending}>
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
