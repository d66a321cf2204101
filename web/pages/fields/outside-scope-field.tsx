import { hasCode } from '../../api/failure.ts';
import { CheckField } from '../../components/forms/fields.tsx';

interface OutsideScopeFieldProps {
  /** What the request came to. */
  readonly error: unknown;
  readonly value: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** Offered where the scope of the site is in the way, and as long as it is set. */
export function OutsideScopeField({ error, ...field }: OutsideScopeFieldProps) {
  if (!field.value && !hasCode(error, 'outside_scope')) return null;
  return (
    <CheckField
      label="As an administrator I confirm that the scope of the site does not count here"
      hint="Make sure that these addresses are yours to ask. What is excluded stays excluded."
      {...field}
    />
  );
}
