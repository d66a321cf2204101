import { type SubmitEvent, useDeferredValue, useState } from 'react';
import { SCHEDULE_KINDS, type ScheduleKind } from '#domain/schedules/schedule.js';
import { useAction } from '../../actions/actions/use-action.ts';
import { saveSchedule } from '../../actions/settings/schedule-actions.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/controls/button.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { fieldsOf } from '../../components/forms/draft-fields.ts';
import { ChoiceField, TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { DuesPreview } from './next-runs-preview.tsx';
import { PolicyFields } from './policy-fields.tsx';
import { type ChangeDraft, readScheduleDraft, type ScheduleDraft } from './schedule-draft.ts';
import { LearningFields, LearningRules } from './smart-scan-fields.tsx';
import { TargetFields, WayFields } from './target-fields.tsx';

interface ScheduleFormProps {
  readonly draft: ScheduleDraft;
  readonly profiles: readonly string[];
  readonly onDraft: (draft: ScheduleDraft) => void;
  readonly onDone: () => void;
}

const KIND_TEXTS: Readonly<Record<ScheduleKind, string>> = {
  scan: 'scan ports',
  discovery: 'look for hosts',
  smart_scan: 'find out what is not known of hosts',
  verify: 'check what is stored',
  retention: 'remove what is kept no longer',
};

export function ScheduleForm({ draft, profiles, onDraft, onDone }: ScheduleFormProps) {
  const [error, setError] = useState<unknown>();
  const save = useAction(saveSchedule, setError);
  const { saving, failures } = readScheduleDraft(draft);
  const { before } = draft;
  const time = useDeferredValue(draft);
  const change: ChangeDraft = (changes) => {
    setError(undefined);
    onDraft({ ...draft, ...changes });
  };
  const field = fieldsOf(draft, change);

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (saving !== undefined && (await save.perform(saving))) onDone();
  }

  return (
    <Panel title={before === undefined ? 'New schedule' : `Change ${before.name}`}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {error !== undefined && <FailureNotice failure={failureOf(error)} />}
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Name"
            hint="To choose it by; no two have the same."
            placeholder="nightly"
            {...field('name')}
          />
          <ChoiceField
            label="What"
            hint={before === undefined ? undefined : 'A schedule stays of its kind.'}
            disabled={before !== undefined}
            terms={SCHEDULE_KINDS}
            texts={KIND_TEXTS}
            {...field('kind')}
          />
          <TextField label="Description" hint="What it is for." {...field('description')} />
          <TargetFields draft={draft} profiles={profiles} onChange={change} />
          {draft.kind === 'smart_scan' && (
            <LearningFields draft={draft} failures={failures} onChange={change} />
          )}
          <TextField
            label="Cron"
            hint="Minute, hour, day of the month, month, day of the week."
            isCode
            {...field('cron')}
          />
          <TextField
            label="Time zone"
            hint="The clock the fields are read by, such as Europe/Berlin."
            spellCheck={false}
            {...field('timezone')}
          />
        </div>
        <DuesPreview cron={time.cron} timezone={time.timezone} />
        <WayFields draft={draft} failures={failures} onChange={change} />
        {draft.kind === 'smart_scan' && <LearningRules draft={draft} failures={failures} onChange={change} />}
        <PolicyFields draft={draft} failures={failures} onChange={change} />
        <div className="flex justify-end gap-2">
          <Button variant="bare" onClick={onDone}>
            Clear
          </Button>
          <Button type="submit" variant="primary" pending={save.pending} disabled={saving === undefined}>
            {saveSchedule.label}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
