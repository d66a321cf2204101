import { useState } from 'react';
import { SCAN_TYPES, type ScanType } from '#domain/scan-type.js';
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
        <TypeField value={draft.scanType} onChange={(scanType) => onChange({ scanType })} />
        <label className="flex items-start gap-2 self-center text-sm">
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

const TYPE_HINTS: Readonly<Record<ScanType, string>> = {
  auto: 'Raw packets where this machine may send them, else connections; on loopback always connections.',
  connect: 'The operating system’s own connections; needs no privilege.',
  syn: 'Raw packets that open no connection; needs CAP_NET_RAW.',
  udp: 'Ports are UDP ports unless T: stands before them.',
  ack: 'Tells what a firewall lets through, not what is open; needs CAP_NET_RAW.',
  version: 'nmap asks which program and version is behind each open port.',
  aggressive: 'nmap with versions, its default scripts and, with raw packets, the operating system.',
  comprehensive: 'As aggressive, with nmap’s safe scripts too; slow.',
};

interface TypeFieldProps {
  readonly value: ScanType;
  readonly onChange: (type: ScanType) => void;
}

function TypeField({ value, onChange }: TypeFieldProps) {
  return (
    <Field label="Type" hint={TYPE_HINTS[value]}>
      {(attributes) => (
        <select
          {...attributes}
          value={value}
          onChange={({ target }) => onChange(SCAN_TYPES.find((type) => type === target.value) ?? 'auto')}
        >
          {SCAN_TYPES.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
      )}
    </Field>
  );
}
