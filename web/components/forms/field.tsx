import { type ReactNode, useId } from 'react';
import type { Failure } from '../../api/failure.ts';
import { FailureHint } from '../feedback/failure-hint.tsx';

export const INPUT_CLASS =
  'w-full rounded-lg border border-edge bg-surface px-3 py-2 text-sm text-ink placeholder:text-muted ' +
  'aria-invalid:border-bad disabled:opacity-60';

interface FieldAttributes {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean;
  readonly className: string;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly failure?: Failure | undefined;
  /** A fixed id, where something outside links to the field. */
  readonly id?: string | undefined;
  readonly children: (attributes: FieldAttributes) => ReactNode;
}

/** A labelled control with its hint and, when there is one, what is wrong with it. */
export function Field({ label, hint, failure, id: fixedId, children }: FieldProps) {
  const ownId = useId();
  const id = fixedId ?? ownId;
  const hintId = `${id}-hint`;
  const failureId = `${id}-failure`;
  const describedBy = [failure && failureId, hint !== undefined && hintId].filter(Boolean).join(' ');
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': describedBy === '' ? undefined : describedBy,
        'aria-invalid': failure !== undefined,
        className: `min-h-9.5 ${INPUT_CLASS}`,
      })}
      {failure && (
        <p id={failureId} role="alert" className="text-sm text-bad">
          {failure.sentence}
          <FailureHint failure={failure} />
        </p>
      )}
      {hint !== undefined && (
        <p id={hintId} className="text-xs leading-relaxed text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}
