import { type SubmitEvent, useState } from 'react';
import { useAction } from '../../actions/actions/use-action.ts';
import { saveProfile } from '../../actions/settings/profile-actions.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/controls/button.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { fieldsOf } from '../../components/forms/draft-fields.ts';
import { TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { SettingFields } from '../../settings/setting-fields.tsx';
import { EMPTY_PROFILE, type ProfileDraft, readProfileDraft } from './profile-draft.ts';

interface ProfileFormProps {
  readonly draft: ProfileDraft;
  readonly onDraft: (draft: ProfileDraft) => void;
}

export function ProfileForm({ draft, onDraft }: ProfileFormProps) {
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(saveProfile, setError);
  const { request, failures } = readProfileDraft(draft);
  const change = (changes: Partial<ProfileDraft>): void => {
    setError(undefined);
    onDraft({ ...draft, ...changes });
  };
  const field = fieldsOf(draft, change);

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (request !== undefined && (await perform({ before: draft.before, request }))) onDraft(EMPTY_PROFILE);
  }

  return (
    <Panel title={draft.before === undefined ? 'New profile' : 'Change the profile'}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {error !== undefined && <FailureNotice failure={failureOf(error)} />}
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Name"
            hint="To choose it by; no two have the same."
            placeholder="nightly"
            {...field('name')}
          />
          <TextField label="Description" hint="When to use it." {...field('description')} />
          <TextField
            label="Ports"
            hint="22,80,8000-8100 or names; the usual ones of the type when empty."
            isCode
            {...field('ports')}
          />
          <SettingFields draft={draft} failures={failures} onChange={change} />
        </div>
        <div className="flex justify-end gap-2">
          <Button variant="bare" onClick={() => change(EMPTY_PROFILE)}>
            Clear
          </Button>
          <Button type="submit" variant="primary" pending={pending}>
            {saveProfile.label}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
