import { type SubmitEvent, useDeferredValue, useState } from 'react';
import { SCHEDULE_KINDS, type ScheduleKind } from '#domain/schedule.js';
import { saveSchedule } from '../../actions/schedule-actions.ts';
import { useAction } from '../../actions/use-action.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/button.tsx';
import { ChoiceField, TextField } from '../../components/fields.tsx';
import { FailureNotice } from '../../components/notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { SiteField } from '../site-field.tsx';
import { DuesPreview } from './dues-preview.tsx';
import { PolicyFields } from './policy-fields.tsx';
import { type ChangeDraft, readScheduleDraft, type ScheduleDraft } from './schedule-draft.ts';

interface ScheduleFormProps {
  readonly draft: ScheduleDraft;
  readonly profiles: readonly string[];
  readonly onDraft: (draft: ScheduleDraft) => void;
  readonly onDone: () => void;
}

const KIND_WORDS: Readonly<Record<ScheduleKind, string>> = {
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
            value={draft.name}
            onChange={(text) => change({ name: text })}
          />
          <ChoiceField
            label="What"
            hint={before === undefined ? undefined : 'A schedule stays of its kind.'}
            disabled={before !== undefined}
            words={SCHEDULE_KINDS}
            texts={KIND_WORDS}
            value={draft.kind}
            onChange={(kind) => change({ kind })}
          />
          <GroundFields draft={draft} profiles={profiles} onChange={change} />
          <TextField
            label="Cron"
            hint="Minute, hour, day of the month, month, day of the week."
            isCode
            value={draft.cron}
            onChange={(text) => change({ cron: text })}
          />
          <TextField
            label="Time zone"
            hint="The clock the fields are read by, such as Europe/Berlin."
            spellCheck={false}
            value={draft.zone}
            onChange={(text) => change({ zone: text })}
          />
        </div>
        <DuesPreview cron={time.cron} zone={time.zone} />
        <PolicyFields draft={draft} failures={failures} onChange={change} />
        <div className="flex justify-end gap-2">
          <Button look="bare" onClick={onDone}>
            Clear
          </Button>
          <Button type="submit" look="primary" pending={save.pending} disabled={saving === undefined}>
            {saveSchedule.label}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

interface GroundFieldsProps {
  readonly draft: ScheduleDraft;
  readonly profiles: readonly string[];
  readonly onChange: ChangeDraft;
}

/** Whom it asks, and how. */
function GroundFields({ draft, profiles, onChange }: GroundFieldsProps) {
  if (draft.kind !== 'scan' && draft.kind !== 'discovery') return null;
  return (
    <>
      <TextField
        label={draft.kind === 'scan' ? 'Targets' : 'Networks'}
        hint="Addresses, ranges, networks, or network:NAME of a stored one, read anew each time."
        isCode
        placeholder="198.18.0.0/24"
        value={draft.targets}
        onChange={(text) => onChange({ targets: text })}
      />
      {draft.before === undefined && <SiteField value={draft.site} onChange={(site) => onChange({ site })} />}
      {draft.kind === 'scan' && (
        <>
          <TextField
            label="Ports"
            hint="As the profile has it, or the usual ones, when empty."
            isCode
            value={draft.ports}
            onChange={(text) => onChange({ ports: text })}
          />
          <ChoiceField
            label="Profile"
            hint="As it is when a run begins."
            words={[...new Set(['', ...profiles, draft.profile])]}
            texts={{ '': 'none' }}
            value={draft.profile}
            onChange={(profile) => onChange({ profile })}
          />
        </>
      )}
    </>
  );
}
