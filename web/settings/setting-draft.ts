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
  readonly enrich: string;
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
  enrich: '',
};

/** The fields of whole numbers, with what each may be and what the API calls it. */
export const NUMBER_SETTINGS = {
  rate: { term: 'rate', min: 1, max: MAX_PACKETS_PER_SECOND },
  perHostRate: { term: 'per_host_rate', min: 1, max: MAX_PACKETS_PER_SECOND },
  retries: { term: 'retries', min: 0, max: MAX_RETRIES },
  timeoutMs: { term: 'timeout_ms', min: MIN_TIMEOUT_MS, max: MAX_TIMEOUT_MS },
  concurrency: { term: 'concurrency', min: 1, max: MAX_CONCURRENCY },
  versionIntensity: { term: 'version_intensity', min: 0, max: MAX_VERSION_INTENSITY },
} as const satisfies Readonly<
  Record<string, { readonly term: SettingName; readonly min: number; readonly max: number }>
>;
export type NumberSetting = keyof typeof NUMBER_SETTINGS;

export type SettingFailures = Partial<Record<NumberSetting | 'ports', Failure>>;
export type GivenSettings = Pick<ProfileRequest, SettingName>;

/** What the fields say, in the words of the API. Those that do nothing in the type are left out, as they are not shown. */
export function readSettings(draft: SettingDraft): { given: GivenSettings; failures: SettingFailures } {
  const failures: Partial<Record<NumberSetting, Failure>> = {};
  const numberIn = (field: NumberSetting): number | undefined => {
    if (!acts(NUMBER_SETTINGS[field].term, draft.scanType) || isMax(draft, field)) return undefined;
    const value = readNumber(draft[field], NUMBER_SETTINGS[field]);
    if (value !== 'odd') return value;
    failures[field] = { sentence: rangeSentence(field) };
    return undefined;
  };
  const ports = draft.ports.trim();
  const given: GivenSettings = {
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
    enrich: acts('enrich', draft.scanType) ? enrichersIn(draft) : undefined,
  };
  return { given, failures };
}

function enrichersIn({ enrich }: SettingDraft): GivenSettings['enrich'] {
  const enrichers = enrich === '' ? undefined : parseEnrichers(enrich);
  return enrichers === undefined ? undefined : [...enrichers];
}

export function acts(raw: SettingName, type: ScanType): boolean {
  return typesOfSetting(raw).includes(type);
}

function isMax(draft: SettingDraft, field: NumberSetting): boolean {
  return field === 'rate' && draft.rate.trim().toLowerCase() === 'max';
}

/** Undefined for nothing, and `odd` for what is no whole number within the bounds. */
export function readNumber(text: string, { min, max }: { readonly min: number; readonly max: number }) {
  const raw = text.trim();
  if (raw === '') return undefined;
  const number = /^\d[\d,]*$/.test(raw) ? Number(raw.replaceAll(',', '')) : Number.NaN;
  return number >= min && number <= max ? number : 'odd';
}

function rangeSentence(field: NumberSetting): string {
  const { min, max } = NUMBER_SETTINGS[field];
  return `A whole number from ${formatCount(min)} to ${formatCount(max)}${field === 'rate' ? ', or max' : ''}.`;
}

/** With null for what is left empty, so that it takes back what a profile says. */
export function withNulls(given: GivenSettings): GivenSettings {
  return {
    scan_type: given.scan_type ?? null,
    ports: given.ports ?? null,
    live_hosts: given.live_hosts ?? null,
    rate: given.rate ?? null,
    per_host_rate: given.per_host_rate ?? null,
    retries: given.retries ?? null,
    timeout_ms: given.timeout_ms ?? null,
    concurrency: given.concurrency ?? null,
    timing: given.timing ?? null,
    version_intensity: given.version_intensity ?? null,
    scripts: given.scripts ?? null,
    os_detection: given.os_detection ?? null,
    enrich: given.enrich ?? null,
  };
}

/** How a scan asks, as the API tells it; what is absent or null was not said. */
export type ShownSettings = { readonly [Text in SettingName]?: Profile[Text] | null | undefined };

const text = (value: number | string | null | undefined): string => String(value ?? '');

/** What was said, as a person would have typed it. */
export function settingsTyped(given: ShownSettings): SettingDraft {
  const { os_detection: osDetection, enrich } = given;
  return {
    ports: text(given.ports),
    rate: text(given.rate),
    perHostRate: text(given.per_host_rate),
    retries: text(given.retries),
    timeoutMs: text(given.timeout_ms),
    concurrency: text(given.concurrency),
    versionIntensity: text(given.version_intensity),
    scanType: given.scan_type ?? 'auto',
    liveHosts: given.live_hosts ?? false,
    timing: NMAP_TIMINGS.find((raw) => raw === given.timing) ?? '',
    scripts: SCRIPT_SETS.find((raw) => raw === given.scripts) ?? '',
    osDetection: typeof osDetection === 'boolean' ? (osDetection ? 'yes' : 'no') : '',
    enrich: enrich === null || enrich === undefined ? '' : enrichersText(enrich),
  };
}

/** What differs from how it was, in the words of the API: undefined for what is to be left to the program again. */
export function changesOfSettings(before: SettingDraft, draft: SettingDraft): GivenSettings {
  const was = readSettings(before).given;
  const { given } = readSettings(draft);
  const changed = SETTING_TEXTS.filter((raw) => JSON.stringify(given[raw]) !== JSON.stringify(was[raw]));
  return Object.fromEntries(changed.map((raw) => [raw, given[raw]]));
}
