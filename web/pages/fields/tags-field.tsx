import type { Failure } from '../../api/failure.ts';
import { TextField } from '../../components/forms/fields.tsx';

interface TagsFieldProps {
  readonly failure?: Failure | undefined;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

/** Tags that scans have from the start. */
export function TagsField(props: TagsFieldProps) {
  return (
    <TextField
      label="Tags"
      hint="With commas between; a new one is made, and the list finds them."
      {...props}
    />
  );
}
