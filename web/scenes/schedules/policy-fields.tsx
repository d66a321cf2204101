import { CATCH_UPS, type CatchUp, OVERLAPS, type Overlap } from '#domain/schedule.js';
import { ChoiceField, TextField } from '../../components/fields.tsx';
import type { ChangeDraft, NumberField, ScheduleDraft, ScheduleReading } from './schedule-draft.ts';

const CATCH_UP_WORDS: Readonly<Record<CatchUp, string>> = {
  none: 'none of them runs',
  latest: 'the latest runs',
  all: 'all of them run, the last 24',
};
const OVERLAP_WORDS: Readonly<Record<Overlap, string>> = {
  skip: 'the next is skipped',
  queue: 'the next waits',
};

interface PolicyFieldsProps {
  readonly draft: ScheduleDraft;
  readonly failures: ScheduleReading['failures'];
  readonly onChange: ChangeDraft;
}

/** What becomes of runs that are late, fail or meet. */
export function PolicyFields({ draft, failures, onChange }: PolicyFieldsProps) {
  const count = (name: NumberField, label: string, hint: string) => {
    const failure = failures[name];
    return (
      <TextField
        label={label}
        hint={hint}
        failure={failure === undefined ? undefined : { sentence: failure }}
        inputMode="numeric"
        value={draft[name]}
        onChange={(text) => onChange({ [name]: text })}
      />
    );
  };
  return (
    <details>
      <summary className="w-max text-sm underline decoration-dotted underline-offset-4">
        Lateness, overlap and failures
      </summary>
      <div className="mt-3 grid gap-4 sm:grid-cols-3">
        <ChoiceField
          label="Missed times"
          hint="That were due while no scheduler ran."
          words={CATCH_UPS}
          texts={CATCH_UP_WORDS}
          value={draft.catchUp}
          onChange={(catchUp) => onChange({ catchUp })}
        />
        <ChoiceField
          label="Overlap"
          hint="Due while the run before has not ended."
          words={OVERLAPS}
          texts={OVERLAP_WORDS}
          value={draft.overlap}
          onChange={(overlap) => onChange({ overlap })}
        />
        {count('jitterMinutes', 'Jitter, minutes', 'Begins up to so much later, each time another while.')}
        {count('retries', 'Retries', 'How often a run that failed is tried again.')}
        {count('maxFailures', 'Failures until it stops', 'In a row; never when empty.')}
      </div>
    </details>
  );
}
