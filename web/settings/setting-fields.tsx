import { ENRICHER_NAMES, enrichersText } from '#domain/enrichment/enricher.js';
import { NMAP_TIMINGS, SCRIPT_SETS } from '#domain/scans/nmap-detection.js';
import { SCAN_TYPES, type ScanType } from '#domain/scans/scan-type.js';
import { fieldsOf } from '../components/forms/draft-fields.ts';
import { CheckField, ChoiceField, TextField } from '../components/forms/fields.tsx';
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
  /** What stands for the type `auto` where that leaves it to somebody else. */
  readonly defaultType?: string;
  readonly onChange: (changes: Partial<SettingDraft>) => void;
}

interface NumberField {
  readonly name: NumberSetting;
  readonly label: string;
  readonly hint: string;
  readonly placeholder: string;
}

const NUMBER_FIELDS: readonly NumberField[] = [
  {
    name: 'rate',
    label: 'Rate',
    hint: 'Packets per second over the whole scan, or max for no limit. Loopback has none by default.',
    placeholder: '1,000',
  },
  {
    name: 'perHostRate',
    label: 'Per-host rate',
    hint: 'Packets per second to any one host; small devices suffer from more.',
    placeholder: '40',
  },
  {
    name: 'retries',
    label: 'Retries',
    hint: 'How often a silent probe is sent again, at least.',
    placeholder: '1',
  },
  {
    name: 'timeoutMs',
    label: 'Timeout (ms)',
    hint: 'How long an answer is waited for; 900 at most for connections.',
    placeholder: '900',
  },
  {
    name: 'concurrency',
    label: 'Connections at once',
    hint: 'How many may be open at a time; firewalls and small devices suffer from more.',
    placeholder: '1,000',
  },
  {
    name: 'versionIntensity',
    label: 'Version intensity',
    hint: 'How many probes nmap spends on naming a service, 0 to 9.',
    placeholder: '7',
  },
];

/** None, each by itself, and all. */
const COLLECT_TEXTS = [[], ...ENRICHER_NAMES.map((enricher) => [enricher]), ENRICHER_NAMES].map(
  enrichersText,
);

/** The fields that say how a scan asks, beside its ports: those alone that do something in the type. */
export function SettingFields({ draft, failures, defaultType, onChange }: SettingFieldsProps) {
  const { scanType } = draft;
  const field = fieldsOf(draft, onChange);
  return (
    <>
      <ChoiceField
        label="Type"
        hint={TYPE_HINTS[scanType]}
        terms={SCAN_TYPES}
        texts={defaultType === undefined ? {} : { auto: defaultType }}
        {...field('scanType')}
      />
      <NumberSettings
        names={NUMBER_FIELDS.map(({ name }) => name).filter((name) =>
          acts(NUMBER_SETTINGS[name].term, scanType),
        )}
        draft={draft}
        failures={failures}
        onChange={onChange}
      />
      {acts('enrich', scanType) && (
        <ChoiceField
          label="Ask open ports"
          hint="SSH servers for their host keys, TLS servers for their certificates."
          texts={{ '': 'all, whatever is added to them' }}
          terms={['', ...COLLECT_TEXTS]}
          {...field('enrich')}
        />
      )}
      {acts('timing', scanType) && <DetectionFields draft={draft} onChange={onChange} />}
      <CheckField
        label="Live hosts alone"
        hint="Discovers hosts first by ARP, ping and TCP. Ports of the others are not probed."
        {...field('liveHosts')}
      />
    </>
  );
}

interface NumberSettingsProps extends Omit<SettingFieldsProps, 'defaultType'> {
  readonly names: readonly NumberSetting[];
}

/** Some of the settings that are numbers. */
export function NumberSettings({ names, draft, failures, onChange }: NumberSettingsProps) {
  const field = fieldsOf(draft, onChange);
  return NUMBER_FIELDS.filter(({ name }) => names.includes(name)).map(
    ({ name, label, hint, placeholder }) => (
      <TextField
        key={name}
        label={label}
        hint={hint}
        failure={failures[name]}
        spellCheck={false}
        placeholder={placeholder}
        {...field(name)}
      />
    ),
  );
}

function DetectionFields({ draft, onChange }: Omit<SettingFieldsProps, 'failures'>) {
  const field = fieldsOf(draft, onChange);
  return (
    <>
      <ChoiceField
        label="Timing"
        hint="How patient nmap is; the rates hold all the same."
        texts={{ '': 'as the rates are' }}
        terms={['', ...NMAP_TIMINGS]}
        {...field('timing')}
      />
      <ChoiceField
        label="Scripts"
        hint="Which of its scripts nmap runs; none of them asks third parties."
        texts={{ '': 'as the type has it' }}
        terms={['', ...SCRIPT_SETS]}
        {...field('scripts')}
      />
      <ChoiceField
        label="Operating system"
        hint="Whether nmap tells it, for which it needs raw packets."
        texts={{ '': 'as the type has it' }}
        terms={['', 'yes', 'no']}
        {...field('osDetection')}
      />
    </>
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
