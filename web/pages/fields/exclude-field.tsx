import type { Failure } from '../../api/failure.ts';
import { TextField } from '../../components/forms/fields.tsx';

interface ExcludeFieldProps {
  readonly failure?: Failure | undefined;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

export function ExcludeField(props: ExcludeFieldProps) {
  return (
    <TextField
      label="Exclude"
      hint="Never sent a packet, whatever the targets say; written like targets."
      isCode
      {...props}
    />
  );
}
