import type { Profile, ProfileRequest } from '#contract/profiles/profile.js';
import { MAX_PACKETS_PER_SECOND } from '#contract/scans/settings.js';
import { enrichersText, parseEnrichers } from '#domain/enrichment/enricher.js';
import {
  MAX_VERSION_INTENSITY,
  NMAP_TIMINGS,
  type NmapTiming,
  SCRIPT_SETS,
  type ScriptSet,
} from '#domain/scans/nmap-detection.js';
import {
  MAX_CONCURRENCY,
  MAX_RETRIES,
  MAX_TIMEOUT_MS,
  MIN_TIMEOUT_MS,
  SETTING_TEXTS,
  type SettingName,
  typesOfSetting,
} from '#domain/scans/scan-settings.js';
import type { ScanType } from '#domain/scans/scan-type.js';
import type { Failure } from '../api/failure.ts';
import { formatCount } from '../format/number.ts';

/** How a scan asks, as it is typed: text but for choices and boxes; empty is left to the program. */
export interface SettingDraft {
  readonly ports: string;
  readonly rate: string;
  readonly perHostRate: string;
  readonly retries: string;
  readonly timeoutMs: string;
  readonly concurrency: string;
  readonly versionIntensity: string;
  readonly scanType: ScanType;
  readonly liveHosts: boolean;
  readonly timing: NmapTiming | '';
  readonly scripts: ScriptSet | '';
  readonly osDetection: 'yes' | 'no' | '';
  /** As `enrichersText` writes it. */
  readonly collect: string;
}

export const EMPTY_SETTINGS: SettingDraft = {
  ports: '',
  rate: '',
  perHostRate: '',
  retries: '',
  timeoutMs: '',
  concurrency: '',
  versionIntensity: '',
  scanType: 'auto',
  liveHosts: false,
  timing: '',
  scripts: '',
  osDetection: '',
  collect: '',
};

/** The fields of whole numbers, with what each may be and what the API calls it. */
export const NUMBER_SETTINGS = {
  rate: { word: 'rate', min: 1, max: MAX_PACKETS_PER_SECOND },
  perHostRate: { word: 'per_host_rate', min: 1, max: MAX_PACKETS_PER_SECOND },
  retries: { word: 'retries', min: 0, max: MAX_RETRIES },
  timeoutMs: { word: 'timeout_ms', min: MIN_TIMEOUT_MS, max: MAX_TIMEOUT_MS },
  concurrency: { word: 'concurrency', min: 1, max: MAX_CONCURRENCY },
  versionIntensity: { word: 'version_intensity', min: 0, max: MAX_VERSION_INTENSITY },
} as const satisfies Readonly<
  Record<string, { readonly word: SettingName; readonly min: number; readonly max: number }>
>;
export type NumberSetting = keyof typeof NUMBER_SETTINGS;

export type SettingFailures = Partial<Record<NumberSetting | 'ports', Failure>>;
export type GivenSettings = Pick<ProfileRequest, SettingName>;

/** What the fields say, in the words of the API. Those that do nothing in the type are left out, as they are not shown. */
export function readSettings(draft: SettingDraft): { said: GivenSettings; failures: SettingFailures } {
  const failures: Partial<Record<NumberSetting, Failure>> = {};
  const numberIn = (field: NumberSetting): number | undefined => {
    if (!acts(NUMBER_SETTINGS[field].word, draft.scanType) || isMax(draft, field)) return undefined;
    const value = readNumber(draft[field], NUMBER_SETTINGS[field]);
    if (value !== 'odd') return value;
    failures[field] = { sentence: rangeSentence(field) };
    return undefined;
  };
  const ports = draft.ports.trim();
  const said: GivenSettings = {
    scan_type: draft.scanType,
    ports: ports === '' ? undefined : ports,
    live_hosts: draft.liveHosts,
    rate: isMax(draft, 'rate') ? 'max' : numberIn('rate'),
    per_host_rate: numberIn('perHostRate'),
    retries: numberIn('retries'),
    timeout_ms: numberIn('timeoutMs'),
    concurrency: numberIn('concurrency'),
    version_intensity: numberIn('versionIntensity'),
    timing: acts('timing', draft.scanType) && draft.timing !== '' ? draft.timing : undefined,
    scripts: acts('scripts', draft.scanType) && draft.scripts !== '' ? draft.scripts : undefined,
    os_detection:
      acts('os_detection', draft.scanType) && draft.osDetection !== ''
        ? draft.osDetection === 'yes'
        : undefined,
    collect: acts('collect', draft.scanType) ? enrichersIn(draft) : undefined,
  };
  return { said, failures };
}

function enrichersIn({ collect }: SettingDraft): GivenSettings['collect'] {
  const collectors = collect === '' ? undefined : parseEnrichers(collect);
  return collectors === undefined ? undefined : [...collectors];
}

export function acts(word: SettingName, type: ScanType): boolean {
  return typesOfSetting(word).includes(type);
}

function isMax(draft: SettingDraft, field: NumberSetting): boolean {
  return field === 'rate' && draft.rate.trim().toLowerCase() === 'max';
}

/** Undefined for nothing, and `odd` for what is no whole number within the bounds. */
export function readNumber(text: string, { min, max }: { readonly min: number; readonly max: number }) {
  const word = text.trim();
  if (word === '') return undefined;
  const number = /^\d[\d,]*$/.test(word) ? Number(word.replaceAll(',', '')) : Number.NaN;
  return number >= min && number <= max ? number : 'odd';
}

function rangeSentence(field: NumberSetting): string {
  const { min, max } = NUMBER_SETTINGS[field];
  return `A whole number from ${formatCount(min)} to ${formatCount(max)}${field === 'rate' ? ', or max' : ''}.`;
}

/** With null for what is left empty, so that it takes back what a profile says. */
export function withNulls(said: GivenSettings): GivenSettings {
  return {
    scan_type: said.scan_type ?? null,
    ports: said.ports ?? null,
    live_hosts: said.live_hosts ?? null,
    rate: said.rate ?? null,
    per_host_rate: said.per_host_rate ?? null,
    retries: said.retries ?? null,
    timeout_ms: said.timeout_ms ?? null,
    concurrency: said.concurrency ?? null,
    timing: said.timing ?? null,
    version_intensity: said.version_intensity ?? null,
    scripts: said.scripts ?? null,
    os_detection: said.os_detection ?? null,
    collect: said.collect ?? null,
  };
}

/** How a scan asks, as the API tells it; what is absent or null was not said. */
export type ShownSettings = { readonly [Word in SettingName]?: Profile[Word] | null | undefined };

const text = (value: number | string | null | undefined): string => String(value ?? '');

/** What was said, as a person would have typed it. */
export function settingsTyped(said: ShownSettings): SettingDraft {
  const { os_detection: osDetection, collect } = said;
  return {
    ports: text(said.ports),
    rate: text(said.rate),
    perHostRate: text(said.per_host_rate),
    retries: text(said.retries),
    timeoutMs: text(said.timeout_ms),
    concurrency: text(said.concurrency),
    versionIntensity: text(said.version_intensity),
    scanType: said.scan_type ?? 'auto',
    liveHosts: said.live_hosts ?? false,
    timing: NMAP_TIMINGS.find((word) => word === said.timing) ?? '',
    scripts: SCRIPT_SETS.find((word) => word === said.scripts) ?? '',
    osDetection: typeof osDetection === 'boolean' ? (osDetection ? 'yes' : 'no') : '',
    collect: collect === null || collect === undefined ? '' : enrichersText(collect),
  };
}

/** What differs from how it was, in the words of the API: undefined for what is to be left to the program again. */
export function changesOfSettings(before: SettingDraft, draft: SettingDraft): GivenSettings {
  const was = readSettings(before).said;
  const { said } = readSettings(draft);
  const changed = SETTING_TEXTS.filter((word) => JSON.stringify(said[word]) !== JSON.stringify(was[word]));
  return Object.fromEntries(changed.map((word) => [word, said[word]]));
}
