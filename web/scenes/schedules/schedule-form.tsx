import { type SubmitEvent, useDeferredValue } from 'react';
import { SCHEDULE_KINDS, type ScheduleKind } from '#domain/schedule.js';
import { saveSchedule } from '../../actions/schedule-actions.ts';
import { useConfirmedStart } from '../../actions/use-confirmed-start.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Field } from '../../components/field.tsx';
import { FailureNotice } from '../../components/notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { SiteField } from '../site-field.tsx';
import { DuesPreview } from './dues-preview.tsx';
import { PolicyFields } from './policy-fields.tsx';
import {
  asksStoredNetworks,
  type ChangeDraft,
  readScheduleDraft,
  type ScheduleDraft,
} from './schedule-draft.ts';
import { useSavedReset } from './use-saved-reset.ts';

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
  const save = useConfirmedStart(useSavedReset(saveSchedule, onDone));
  const { saving, failures } = readScheduleDraft(draft);
  const { before } = draft;
  const time = useDeferredValue(draft);
  const change: ChangeDraft = (changes) => {
    save.forgetError();
    onDraft({ ...draft, ...changes });
  };

  function onSubmit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (saving !== undefined) save.submit({ saving });
  }

  return (
    <Panel title={before === undefined ? 'New schedule' : `Change ${before.name}`}>
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        {save.error !== null && <FailureNotice failure={failureOf(save.error)} />}
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Name" hint="To choose it by; no two have the same.">
            {(attributes) => (
              <input
                {...attributes}
                placeholder="nightly"
                value={draft.name}
                onChange={(event) => change({ name: event.target.value })}
              />
            )}
          </Field>
          <Field label="What" hint={before === undefined ? undefined : 'A schedule stays of its kind.'}>
            {(attributes) => (
              <select
                {...attributes}
                disabled={before !== undefined}
                value={draft.kind}
                onChange={(event) =>
                  change({ kind: SCHEDULE_KINDS.find((kind) => kind === event.target.value) ?? draft.kind })
                }
              >
                {SCHEDULE_KINDS.map((kind) => (
                  <option key={kind} value={kind}>
                    {KIND_WORDS[kind]}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <GroundFields draft={draft} profiles={profiles} onChange={change} />
          <Field label="Cron" hint="Minute, hour, day of the month, month, day of the week.">
            {(attributes) => (
              <input
                {...attributes}
                spellCheck={false}
                className={`${attributes.className} font-mono`}
                value={draft.cron}
                onChange={(event) => change({ cron: event.target.value })}
              />
            )}
          </Field>
          <Field label="Time zone" hint="The clock the fields are read by, such as Europe/Berlin.">
            {(attributes) => (
              <input
                {...attributes}
                spellCheck={false}
                value={draft.zone}
                onChange={(event) => change({ zone: event.target.value })}
              />
            )}
          </Field>
        </div>
        <DuesPreview cron={time.cron} zone={time.zone} />
        <PolicyFields draft={draft} failures={failures} onChange={change} />
        <div className="flex justify-end gap-2">
          <Button look="bare" onClick={onDone}>
            Clear
          </Button>
          <Button type="submit" look="primary" disabled={save.pending || saving === undefined}>
            {saveSchedule.label}
          </Button>
        </div>
      </form>
      {save.unconfirmed && (
        <ConfirmDialog
          title={
            save.asksFor === 'confirm_unscoped' ? 'Store it without a scope?' : 'Store these large runs?'
          }
          confirmLabel="Store it"
          pending={save.pending}
          onConfirm={save.confirm}
          onCancel={save.cancel}
        >
          {save.question !== undefined && <p>{save.question}</p>}
          <p>Make sure that these addresses are yours to ask, each time it is due.</p>
        </ConfirmDialog>
      )}
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
      <Field
        label={draft.kind === 'scan' ? 'Targets' : 'Networks'}
        hint={
          draft.before !== undefined && asksStoredNetworks(draft.before)
            ? 'Empty: every enabled network of the site. Whatever is written here takes their place.'
            : 'Addresses, ranges, networks, or network:NAME of a stored one, read anew each time.'
        }
      >
        {(attributes) => (
          <input
            {...attributes}
            spellCheck={false}
            autoCapitalize="off"
            placeholder="198.18.0.0/24"
            className={`${attributes.className} font-mono`}
            value={draft.targets}
            onChange={(event) => onChange({ targets: event.target.value })}
          />
        )}
      </Field>
      {draft.before === undefined && <SiteField value={draft.site} onChange={(site) => onChange({ site })} />}
      {draft.kind === 'scan' && (
        <>
          <Field label="Ports" hint="As the profile has it, or the usual ones, when empty.">
            {(attributes) => (
              <input
                {...attributes}
                spellCheck={false}
                className={`${attributes.className} font-mono`}
                value={draft.ports}
                onChange={(event) => onChange({ ports: event.target.value })}
              />
            )}
          </Field>
          <Field label="Profile" hint="As it is when a run begins.">
            {(attributes) => (
              <select
                {...attributes}
                value={draft.profile}
                onChange={(event) => onChange({ profile: event.target.value })}
              >
                <option value="">none</option>
                {[...new Set([...profiles, ...(draft.profile === '' ? [] : [draft.profile])])].map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
        </>
      )}
    </>
  );
}
