import { useState } from 'react';
import { Field } from '../../components/field.tsx';
import { ChevronIcon } from '../../components/icons.tsx';
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
  readonly placeholder?: string;
}

const FIELDS: readonly AdvancedField[] = [
  {
    field: 'exclude',
    label: 'Exclude',
    hint: 'Never sent a packet, whatever the targets say; written like targets.',
  },
  { field: 'name', label: 'Name', hint: 'To find the scan again; its targets serve when empty.' },
  {
    field: 'rate',
    label: 'Rate',
    hint: 'Packets per second over the whole scan, or max for no limit. Loopback has none by default.',
    placeholder: '1,000',
  },
  {
    field: 'perHostRate',
    label: 'Per-host rate',
    hint: 'Packets per second to any one host; small devices suffer from more.',
    placeholder: '40',
  },
];

export function AdvancedFields({ draft, failures, onChange }: AdvancedFieldsProps) {
  const isAtFault = FIELDS.some(({ field }) => failures[field] !== undefined);
  const [isOpen, setIsOpen] = useState(false);
  const [wasAtFault, setWasAtFault] = useState(false);
  // A fault opens the fields; mending it leaves them open, or the field would vanish while it is typed into.
  if (isAtFault !== wasAtFault) {
    setWasAtFault(isAtFault);
    if (isAtFault) setIsOpen(true);
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
        {FIELDS.map(({ field, label, hint, placeholder }) => (
          <Field key={field} label={label} hint={hint} failure={failures[field]}>
            {(attributes) => (
              <input
                {...attributes}
                spellCheck={false}
                placeholder={placeholder}
                value={draft[field]}
                onChange={(event) => onChange({ [field]: event.target.value })}
              />
            )}
          </Field>
        ))}
        <label className="flex items-start gap-2 text-sm sm:col-span-2">
          <input
            type="checkbox"
            className="mt-0.5 size-4 accent-accent"
            checked={draft.liveHosts}
            onChange={(event) => onChange({ liveHosts: event.target.checked })}
          />
          <span>
            Live hosts alone
            <span className="block text-xs text-muted">
              Looks first who shows a sign of life, by ARP, ping and TCP. Others are not asked, and nothing is
              said of their ports.
            </span>
          </span>
        </label>
      </div>
    </details>
  );
}
