import { useNavigate } from '@tanstack/react-router';
import { type SubmitEvent, useState } from 'react';
import { createGroup } from '../../actions/annotation-actions.ts';
import { useAction } from '../../actions/use-action.ts';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/panel.tsx';
import { type GroupDraft, GroupFields } from './group-fields.tsx';

const EMPTY: GroupDraft = { name: '', description: '', colour: '', rule: '' };

/** Makes a group: of whatever a filter finds, or without one a list to put hosts into. */
export function CreateGroupForm({ rule: given }: { readonly rule: string }) {
  const [draft, setDraft] = useState({ ...EMPTY, rule: given });
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(createGroup, setError);
  const navigate = useNavigate();

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const { name, ...others } = draft;
    const said = Object.entries(others).filter(([, text]) => text.trim() !== '');
    const request = {
      name: name.trim(),
      ...Object.fromEntries(said.map(([key, text]) => [key, text.trim()])),
    };
    if (!(await perform(request))) return;
    setDraft(EMPTY);
    if (given !== '') await navigate({ to: '/groups', search: {}, replace: true });
  }

  return (
    <Panel title="Make a group">
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <GroupFields
          draft={draft}
          error={error}
          hasRule
          onChange={(changes) => {
            setError(undefined);
            setDraft({ ...draft, ...changes });
          }}
        />
        <Button type="submit" look="primary" disabled={pending} className="ml-auto">
          {createGroup.label}
        </Button>
      </form>
    </Panel>
  );
}
