import { useQuery } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { type KeyboardEvent, type SubmitEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useAction } from '../../actions/actions/use-action.ts';
import { startScan } from '../../actions/scans/scan-actions.ts';
import { settingsQuery } from '../../api/queries.ts';
import { Button } from '../../components/controls/button.tsx';
import { PlayIcon } from '../../components/feedback/icons.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { fieldsOf } from '../../components/forms/draft-fields.ts';
import { AreaField, TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { OutsideScopeField } from '../fields/outside-scope-field.tsx';
import { SiteField } from '../fields/site-field.tsx';
import { AdvancedFields } from './advanced-fields.tsx';
import { type Draft, type DraftFailures, placeFailure, readDraft } from './draft.ts';
import { PlanSummary } from './plan-summary.tsx';
import { ProfileField } from './profile-field.tsx';
import { usePlan } from './use-plan.ts';

interface StartFormProps {
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
}

export function StartForm({ draft, onDraft }: StartFormProps) {
  const reading = useMemo(() => readDraft(draft), [draft]);
  const { plan, error: planError, isCurrent } = usePlan(reading.request);
  const [startError, setStartError] = useState<unknown>();
  const start = useAction(startScan, setStartError);
  const [wantsTargets, setWantsTargets] = useState(false);
  const placed = placeFailure(startError ?? planError, draft);
  const failures: DraftFailures = {
    ...placed.fields,
    ...reading.failures,
    ...(wantsTargets ? { targets: { sentence: 'Say what to scan.' } } : {}),
  };

  function change(changes: Partial<Draft>): void {
    setStartError(undefined);
    setWantsTargets(false);
    onDraft({ ...draft, ...changes });
  }
  const field = fieldsOf(draft, change);

  function onSubmit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (reading.request === undefined) setWantsTargets(draft.targets.trim() === '');
    else void start.perform(reading.request);
  }

  return (
    <Panel title="Start a scan">
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        {placed.form && <FailureNotice failure={placed.form} />}
        <OutsideScopeField error={startError ?? planError} {...field('outsideScope')} />
        <MainFields draft={draft} failures={failures} onChange={change} />
        <div className="grid gap-4 sm:grid-cols-2">
          <ProfileField value={draft.profile} onChange={change} />
          <SiteField
            {...field('site')}
            hint="Where the targets are: the same address at two sites is two hosts."
          />
        </div>
        <AdvancedFields draft={draft} failures={failures} onChange={change} />
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <PlanSummary plan={planError ? undefined : plan} isCurrent={isCurrent} />
          <Button
            type="submit"
            variant="primary"
            pending={start.pending}
            className="ml-auto"
            title="Ctrl+Enter"
          >
            <PlayIcon />
            {startScan.label}
          </Button>
        </div>
      </form>
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
  const field = fieldsOf(draft, onChange);
  const targets = useRef<HTMLTextAreaElement>(null);
  const hash = useRouterState({ select: ({ location }) => location.hash });
  useEffect(() => {
    if (hash === 'targets') targets.current?.focus();
  }, [hash]);

  const settings = useQuery(settingsQuery()).data?.data;
  const tcpPorts = settings?.find(({ name }) => name === 'scan.ports')?.value ?? 'the usual ports';
  const usual = draft.scanType === 'udp' ? '80 usual UDP ports' : tcpPorts;
  return (
    <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
      <AreaField
        id="targets"
        label="Targets"
        failure={failures.targets}
        hint="Addresses, ranges (198.18.0.1-40), networks (198.18.0.0/24) or names, IPv6 alike: one per line, or separated by commas or spaces."
        isCode
        ref={targets}
        onKeyDown={submitOnModEnter}
        placeholder="127.0.0.1"
        {...field('targets')}
      />
      <TextField
        label="Ports"
        failure={failures.ports}
        hint={`22,80,8000-8100 or names; ${usual} when empty.`}
        isCode
        placeholder={usual}
        {...field('ports')}
      />
    </div>
  );
}
