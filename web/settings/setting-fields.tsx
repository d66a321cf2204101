import { COLLECTORS, collectorsText } from '#domain/collector.js';
import { NMAP_TIMINGS, SCRIPT_SETS } from '#domain/nmap-detection.js';
import { SCAN_TYPES, type ScanType } from '#domain/scan-type.js';
import { Field } from '../components/field.tsx';
import {
  acts,
  NUMBER_SETTINGS,
  type NumberSetting,
  type SettingDraft,
  type SettingFailures,
} from './setting-draft.ts';

interface SettingFieldsProps {
  readonly draft: SettingDraft;
  readonly failures: SettingFailures;
  readonly onChange: (changes: Partial<SettingDraft>) => void;
}

interface NumberField {
  readonly field: NumberSetting;
  readonly label: string;
  readonly hint: string;
  readonly placeholder: string;
}

const NUMBER_FIELDS: readonly NumberField[] = [
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
  {
    field: 'retries',
    label: 'Retries',
    hint: 'How often a silent probe is sent again, at least.',
    placeholder: '1',
  },
  {
    field: 'timeoutMs',
    label: 'Timeout (ms)',
    hint: 'How long an answer is waited for; 900 at most for connections.',
    placeholder: '900',
  },
  {
    field: 'concurrency',
    label: 'Connections at once',
    hint: 'How many may be open at a time; firewalls and small devices suffer from more.',
    placeholder: '1,000',
  },
  {
    field: 'versionIntensity',
    label: 'Version intensity',
    hint: 'How many probes nmap spends on naming a service, 0 to 9.',
    placeholder: '7',
  },
];

/** None, each by itself, and all. */
const COLLECT_WORDS = [[], ...COLLECTORS.map((collector) => [collector]), COLLECTORS].map(collectorsText);

/** The fields that say how a scan asks, beside its ports: those alone that do something in the type. */
export function SettingFields({ draft, failures, onChange }: SettingFieldsProps) {
  const { scanType } = draft;
  return (
    <>
      <TypeField value={scanType} onChange={(type) => onChange({ scanType: type })} />
      {NUMBER_FIELDS.filter(({ field }) => acts(NUMBER_SETTINGS[field].word, scanType)).map(
        ({ field, label, hint, placeholder }) => (
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
        ),
      )}
      {acts('collect', scanType) && (
        <WordField
          label="Ask open ports"
          hint="SSH servers for their host keys, TLS servers for their certificates."
          empty="all, whatever is added to them"
          words={COLLECT_WORDS}
          value={draft.collect}
          onChange={(collect) => onChange({ collect })}
        />
      )}
      {acts('timing', scanType) && <DetectionFields draft={draft} onChange={onChange} />}
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
    </>
  );
}

function DetectionFields({ draft, onChange }: Omit<SettingFieldsProps, 'failures'>) {
  return (
    <>
      <WordField
        label="Timing"
        hint="How patient nmap is; the rates hold all the same."
        empty="as the rates are"
        words={NMAP_TIMINGS}
        value={draft.timing}
        onChange={(timing) => onChange({ timing })}
      />
      <WordField
        label="Scripts"
        hint="Which of its scripts nmap runs; none of them asks third parties."
        empty="as the type has it"
        words={SCRIPT_SETS}
        value={draft.scripts}
        onChange={(scripts) => onChange({ scripts })}
      />
      <WordField
        label="Operating system"
        hint="Whether nmap tells it, for which it needs raw packets."
        empty="as the type has it"
        words={['yes', 'no']}
        value={draft.osDetection}
        onChange={(osDetection) => onChange({ osDetection })}
      />
    </>
  );
}

interface WordFieldProps<Word extends string> {
  readonly label: string;
  readonly hint: string;
  /** What stands for no word. */
  readonly empty: string;
  readonly words: readonly Word[];
  readonly value: Word | '';
  readonly onChange: (word: Word | '') => void;
}

function WordField<Word extends string>(props: WordFieldProps<Word>) {
  const { label, hint, empty, words, value, onChange } = props;
  return (
    <Field label={label} hint={hint}>
      {(attributes) => (
        <select
          {...attributes}
          value={value}
          onChange={({ target }) => onChange(words.find((word) => word === target.value) ?? '')}
        >
          <option value="">{empty}</option>
          {words.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      )}
    </Field>
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
