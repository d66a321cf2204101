import { CATCH_UPS, type CatchUp, OVERLAPS, type Overlap } from '#domain/schedule.js';
import { Field } from '../../components/field.tsx';
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
      <Field
        label={label}
        hint={hint}
        failure={failure === undefined ? undefined : { sentence: failure, hint: undefined }}
      >
        {(attributes) => (
          <input
            {...attributes}
            inputMode="numeric"
            value={draft[name]}
            onChange={(event) => onChange({ [name]: event.target.value })}
          />
        )}
      </Field>
    );
  };
  return (
    <details>
      <summary className="w-max text-sm underline decoration-dotted underline-offset-4">
        Lateness, overlap and failures
      </summary>
      <div className="mt-3 grid gap-4 sm:grid-cols-3">
        <Field label="Missed times" hint="That were due while no scheduler ran.">
          {(attributes) => (
            <select
              {...attributes}
              value={draft.catchUp}
              onChange={(event) =>
                onChange({ catchUp: CATCH_UPS.find((word) => word === event.target.value) ?? draft.catchUp })
              }
            >
              {CATCH_UPS.map((word) => (
                <option key={word} value={word}>
                  {CATCH_UP_WORDS[word]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Overlap" hint="Due while the run before has not ended.">
          {(attributes) => (
            <select
              {...attributes}
              value={draft.overlap}
              onChange={(event) =>
                onChange({ overlap: OVERLAPS.find((word) => word === event.target.value) ?? draft.overlap })
              }
            >
              {OVERLAPS.map((word) => (
                <option key={word} value={word}>
                  {OVERLAP_WORDS[word]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {count('jitterMinutes', 'Jitter, minutes', 'Begins up to so much later, each time another while.')}
        {count('retries', 'Retries', 'How often a run that failed is tried again.')}
        {count('maxFailures', 'Failures until it stops', 'In a row; never when empty.')}
      </div>
    </details>
  );
}
