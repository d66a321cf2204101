import { useState } from 'react';
import { Field } from '../../components/field.tsx';
import { ChevronIcon } from '../../components/icons.tsx';
import { SettingFields } from '../../settings/setting-fields.tsx';
import type { Draft, DraftFailures, DraftField } from './draft.ts';

interface AdvancedFieldsProps {
  readonly draft: Draft;
  readonly failures: DraftFailures;
  readonly onChange: (changes: Partial<Draft>) => void;
}

interface AdvancedField {
  readonly field: DraftField;
  readonly label: string;
  readonly hint: string;
}

const FIELDS: readonly AdvancedField[] = [
  {
    field: 'exclude',
    label: 'Exclude',
    hint: 'Never sent a packet, whatever the targets say; written like targets.',
  },
  { field: 'name', label: 'Name', hint: 'To find the scan again; its targets serve when empty.' },
  { field: 'tags', label: 'Tags', hint: 'With commas between; a new one is made, and the list finds them.' },
];

export function AdvancedFields({ draft, failures, onChange }: AdvancedFieldsProps) {
  const isAtFault = Object.keys(failures).some((field) => field !== 'targets' && field !== 'ports');
  const [isOpen, setIsOpen] = useState(false);
  const [wasAtFault, setWasAtFault] = useState(false);
  const [lastProfile, setLastProfile] = useState(draft.profile);
  // A fault opens the fields; mending it leaves them open, or the field would vanish while it is typed into.
  if (isAtFault !== wasAtFault) {
    setWasAtFault(isAtFault);
    if (isAtFault) setIsOpen(true);
  }
  // What a profile fills in is to be seen.
  if (draft.profile !== lastProfile) {
    setLastProfile(draft.profile);
    if (draft.profile !== '') setIsOpen(true);
  }
  return (
    <details className="group" open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="inline-flex list-none items-center gap-1.5 rounded-md text-sm font-medium text-muted hover:text-ink">
        <span className="transition-transform group-open:rotate-90">
          <ChevronIcon />
        </span>
        Advanced
      </summary>
      <div className="mt-3 grid gap-4 sm:grid-cols-2">
        {FIELDS.map(({ field, label, hint }) => (
          <Field key={field} label={label} hint={hint} failure={failures[field]}>
            {(attributes) => (
              <input
                {...attributes}
                spellCheck={false}
                value={draft[field]}
                onChange={(event) => onChange({ [field]: event.target.value })}
              />
            )}
          </Field>
        ))}
        <SettingFields draft={draft} failures={failures} onChange={onChange} />
      </div>
    </details>
  );
}
