import { CATCH_UPS, type CatchUp, OVERLAPS, type Overlap } from '#domain/schedules/schedule.js';
import { Foldout } from '../../components/controls/foldout.tsx';
import { fieldsOf } from '../../components/forms/draft-fields.ts';
import { CheckField, ChoiceField, TextField } from '../../components/forms/fields.tsx';
import type { ChangeDraft, PolicyNumber, ScheduleDraft, ScheduleReading } from './schedule-draft.ts';

const CATCH_UP_TEXTS: Readonly<Record<CatchUp, string>> = {
  none: 'none of them runs',
  latest: 'the latest runs',
  all: 'all of them run, the last 24',
};
const OVERLAP_TEXTS: Readonly<Record<Overlap, string>> = {
  skip: 'the next is skipped',
  queue: 'the next waits',
};

const FIELDS: readonly PolicyNumber[] = ['jitterMinutes', 'runRetries', 'retryDelayMinutes', 'maxFailures'];

interface PolicyFieldsProps {
  readonly draft: ScheduleDraft;
  readonly failures: ScheduleReading['failures'];
  readonly onChange: ChangeDraft;
}

/** What becomes of runs that are late, fail or meet. */
export function PolicyFields({ draft, failures, onChange }: PolicyFieldsProps) {
  const field = fieldsOf(draft, onChange);
  const count = (name: PolicyNumber, label: string, hint: string) => {
    return (
      <TextField label={label} hint={hint} failure={failures[name]} inputMode="numeric" {...field(name)} />
    );
  };
  return (
    <Foldout title="Lateness, overlap and failures" opensFor={FIELDS.find((name) => failures[name]) ?? ''}>
      <ChoiceField
        label="Missed times"
        hint="That were due while no scheduler ran."
        terms={CATCH_UPS}
        texts={CATCH_UP_TEXTS}
        {...field('catchUp')}
      />
      <ChoiceField
        label="Overlap"
        hint="Due while the run before has not ended."
        terms={OVERLAPS}
        texts={OVERLAP_TEXTS}
        {...field('overlap')}
      />
      {count('jitterMinutes', 'Jitter, minutes', 'Begins up to so much later, each time another while.')}
      {count('runRetries', 'Retries of a run', 'How often a run that failed is tried again.')}
      {count('retryDelayMinutes', 'Retried after, minutes', 'How long after it failed.')}
      {count('maxFailures', 'Failures until it stops', 'In a row; never when empty.')}
      {draft.before === undefined && (
        <CheckField label="Begins paused" hint="It is due from when it is resumed." {...field('isPaused')} />
      )}
    </Foldout>
  );
}
