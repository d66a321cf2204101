import { useRouterState } from '@tanstack/react-router';
import { type KeyboardEvent, type SubmitEvent, useEffect, useMemo, useRef, useState } from 'react';
import { startScan } from '../../actions/scan-actions.ts';
import { useConfirmedStart } from '../../actions/use-confirmed-start.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Field } from '../../components/field.tsx';
import { PlayIcon } from '../../components/icons.tsx';
import { FailureNotice } from '../../components/notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { SiteField } from '../site-field.tsx';
import { AdvancedFields } from './advanced-fields.tsx';
import { type Draft, type DraftFailures, placeFailure, readDraft } from './draft.ts';
import { PlanSummary } from './plan-summary.tsx';
import { planSentence } from './plan-text.ts';
import { ProfileField } from './profile-field.tsx';
import { usePlan } from './use-plan.ts';

interface StartFormProps {
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
}

export function StartForm({ draft, onDraft }: StartFormProps) {
  const reading = useMemo(() => readDraft(draft), [draft]);
  const { plan, error: planError, isCurrent } = usePlan(reading.request);
  const start = useConfirmedStart(startScan);
  const [wantsTargets, setWantsTargets] = useState(false);
  const placed = placeFailure(start.error ?? planError, draft);
  const failures: DraftFailures = {
    ...placed.fields,
    ...reading.failures,
    ...(wantsTargets ? { targets: { sentence: 'Say what to scan.' } } : {}),
  };

  function change(changes: Partial<Draft>): void {
    start.forgetError();
    setWantsTargets(false);
    onDraft({ ...draft, ...changes });
  }

  function onSubmit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (reading.request === undefined) setWantsTargets(draft.targets.trim() === '');
    else
      start.submit(
        reading.request,
        isCurrent && plan?.needs_confirmation === true ? 'confirm_large' : undefined,
      );
  }

  return (
    <Panel title="Start a scan">
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        {placed.form && <FailureNotice failure={placed.form} />}
        <MainFields draft={draft} failures={failures} onChange={change} />
        <div className="grid gap-4 sm:grid-cols-2">
          <ProfileField value={draft.profile} onChange={change} />
          <SiteField
            value={draft.site}
            onChange={(site) => change({ site })}
            hint="Where the targets are: the same address at two sites is two hosts."
          />
        </div>
        <AdvancedFields draft={draft} failures={failures} onChange={change} />
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <PlanSummary plan={planError ? undefined : plan} isCurrent={isCurrent} />
          <Button
            type="submit"
            look="primary"
            disabled={start.pending}
            className="ml-auto"
            title="Ctrl+Enter"
          >
            <PlayIcon />
            {startScan.label}
          </Button>
        </div>
      </form>
      {start.unconfirmed && (
        <ConfirmDialog
          title={start.asksFor === 'confirm_unscoped' ? 'Scan without a scope?' : 'Start this large scan?'}
          confirmLabel="Start it"
          pending={start.pending}
          onConfirm={start.confirm}
          onCancel={start.cancel}
        >
          {start.question !== undefined && <p>{start.question}</p>}
          {plan && <p className="text-ink">{planSentence(plan)}.</p>}
          <p>
            Make sure that these addresses are yours to scan. You can stop it at any time; what it found is
            kept.
          </p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function submitOnModEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
}

interface FieldsProps {
  readonly draft: Draft;
  readonly failures: DraftFailures;
  readonly onChange: (changes: Partial<Draft>) => void;
}

function MainFields({ draft, failures, onChange }: FieldsProps) {
  const targets = useRef<HTMLTextAreaElement>(null);
  const hash = useRouterState({ select: ({ location }) => location.hash });
  useEffect(() => {
    if (hash === 'targets') targets.current?.focus();
  }, [hash]);

  const usual = draft.scanType === 'udp' ? '80 usual UDP ports' : 'top-1000';
  return (
    <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
      <Field
        id="targets"
        label="Targets"
        failure={failures.targets}
        hint="Addresses, ranges (198.18.0.1-40), networks (198.18.0.0/24) or names, IPv6 alike: one per line, or separated by commas or spaces."
      >
        {(attributes) => (
          <textarea
            {...attributes}
            ref={targets}
            onKeyDown={submitOnModEnter}
            rows={2}
            spellCheck={false}
            autoCapitalize="off"
            placeholder="127.0.0.1"
            className={`${attributes.className} field-sizing-content max-h-60 min-h-16 font-mono`}
            value={draft.targets}
            onChange={(event) => onChange({ targets: event.target.value })}
          />
        )}
      </Field>
      <Field label="Ports" failure={failures.ports} hint={`22,80,8000-8100 or names; ${usual} when empty.`}>
        {(attributes) => (
          <input
            {...attributes}
            spellCheck={false}
            autoCapitalize="off"
            placeholder={usual}
            className={`${attributes.className} font-mono`}
            value={draft.ports}
            onChange={(event) => onChange({ ports: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
