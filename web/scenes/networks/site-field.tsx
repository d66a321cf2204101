import { Field } from '../../components/field.tsx';

interface SiteFieldProps {
  readonly label: string;
  readonly sites: readonly string[];
  readonly value: string;
  readonly onChange: (site: string) => void;
}

export function SiteField({ label, sites, value, onChange }: SiteFieldProps) {
  return (
    <Field label={label}>
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onChange(event.target.value)}>
          {sites.map((site) => (
            <option key={site}>{site}</option>
          ))}
        </select>
      )}
    </Field>
  );
}
