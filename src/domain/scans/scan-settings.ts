import {
  DEFAULT_ENRICHERS,
  ENRICHING_SCAN_TYPES,
  type EnricherName,
  enrichersText,
} from '#domain/enrichment/enricher.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { type PortSet, parsePorts } from '#domain/ports/ports.js';
import type { NmapTiming, ScriptSet } from '#domain/scans/nmap-detection.js';
import { NMAP_SCAN_TYPES, SCAN_TYPES, type ScanType } from '#domain/scans/scan-type.js';

/** How often a silent probe is sent again, at most; however lossy a path is, more has never brought an answer. */
export const MAX_RETRIES = 10;
export const MIN_TIMEOUT_MS = 50;
export const MAX_TIMEOUT_MS = 10_000;
/** After a second the kernel repeats the SYN of a connect by itself, which no rate would count. */
export const MAX_CONNECT_TIMEOUT_MS = 900;
/** Connections that are open at once. */
export const MAX_CONCURRENCY = 10_000;

/** How a scan asks, beside whom: what a person or a profile said. What is undefined is left to the program. */
export interface ScanSettings {
  readonly scanType?: ScanType | undefined;
  /** In the grammar of `parsePorts`. */
  readonly ports?: string | undefined;
  readonly liveHosts?: boolean | undefined;
  /** Packets per second, or `max` for no limit of ours. */
  readonly rate?: number | 'max' | undefined;
  readonly perHostRate?: number | undefined;
  readonly retries?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly timing?: NmapTiming | undefined;
  readonly versionIntensity?: number | undefined;
  readonly scripts?: ScriptSet | undefined;
  readonly osDetection?: boolean | undefined;
  /** What is asked of ports that are found open; empty for nothing. */
  readonly enrich?: readonly EnricherName[] | undefined;
}
export type SettingKey = keyof ScanSettings;

/** As API, command line and database call them. */
const NAME_OF_SETTING = {
  scanType: 'scan_type',
  ports: 'ports',
  liveHosts: 'live_hosts',
  rate: 'rate',
  perHostRate: 'per_host_rate',
  retries: 'retries',
  timeoutMs: 'timeout_ms',
  concurrency: 'concurrency',
  timing: 'timing',
  versionIntensity: 'version_intensity',
  scripts: 'scripts',
  osDetection: 'os_detection',
  enrich: 'enrich',
} as const satisfies Readonly<Record<SettingKey, string>>;
export type SettingName = (typeof NAME_OF_SETTING)[SettingKey];
export const SETTING_TEXTS: readonly SettingName[] = Object.values(NAME_OF_SETTING);

const isSettingKey = (text: string): text is SettingKey => Object.hasOwn(NAME_OF_SETTING, text);
const SETTING_KEYS: readonly SettingKey[] = Object.keys(NAME_OF_SETTING).filter(isSettingKey);

const OWN_PACKETS = ['auto', 'connect', 'syn', 'udp', 'ack'] as const satisfies readonly ScanType[];
/** In which types a setting changes what is sent; absent: in all. nmap measures its own timeouts. */
const ACTS_IN: Readonly<Partial<Record<SettingName, readonly ScanType[]>>> = {
  timeout_ms: OWN_PACKETS,
  // Raw packets hold no connection open.
  concurrency: ['connect'],
  timing: NMAP_SCAN_TYPES,
  version_intensity: NMAP_SCAN_TYPES,
  scripts: NMAP_SCAN_TYPES,
  os_detection: NMAP_SCAN_TYPES,
  enrich: ENRICHING_SCAN_TYPES,
};

/** The types in which a setting has an effect. */
export function typesOfSetting(raw: SettingName): readonly ScanType[] {
  return ACTS_IN[raw] ?? SCAN_TYPES;
}

/**
 * Holds settings against each other, so that none is taken that would do nothing. Throws `idle_setting`,
 * `invalid_request` for a timeout that connections cannot have, and `invalid_ports`.
 */
export function checkSettings(settings: ScanSettings): void {
  const type = settings.scanType ?? 'auto';
  for (const raw of idleSettings(settings)) throw idleError(raw, type);
  if (type === 'connect') checkConnectTimeout(settings.timeoutMs);
  if (settings.ports !== undefined) checkPorts(type, portsOfType(type, settings.ports));
}

/** Those that were said and have no effect in their type. */
export function idleSettings(settings: ScanSettings): readonly SettingName[] {
  const type = settings.scanType ?? 'auto';
  return SETTING_KEYS.filter((key) => settings[key] !== undefined)
    .map((key) => NAME_OF_SETTING[key])
    .filter((raw) => !typesOfSetting(raw).includes(type));
}

/** For a UDP scan, ports that name no protocol are UDP ports. */
export function portsOfType(type: ScanType, ports: string): PortSet {
  return parsePorts(ports, type === 'udp' ? 'udp' : 'tcp');
}

/** Throws `invalid_request` for a timeout above the second after which the kernel speaks for itself. */
export function checkConnectTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || timeoutMs <= MAX_CONNECT_TIMEOUT_MS) return;
  throw new ScanoramaError(
    'invalid_request',
    `Connections are waited for ${MAX_CONNECT_TIMEOUT_MS} ms at most: after a second the kernel repeats them by itself, and no rate counts that.`,
    {
      at: 'timeout_ms',
      hint: 'Give a shorter timeout, or scan with raw packets (type syn), which may wait longer.',
      facts: { limit: MAX_CONNECT_TIMEOUT_MS },
    },
  );
}

function checkPorts(type: ScanType, { udp }: PortSet): void {
  if ((type !== 'syn' && type !== 'ack') || udp.length === 0) return;
  throw new ScanoramaError(
    'invalid_ports',
    `A scan of type ${type} asks TCP ports only, and U: names UDP ports.`,
    {
      at: 'U:',
      hint: 'Leave the U: ports out, or take the type auto or udp.',
    },
  );
}

function idleError(raw: SettingName, type: ScanType): ScanoramaError {
  const types = typesOfSetting(raw);
  return new ScanoramaError(
    'idle_setting',
    `${raw} changes nothing in a scan of type ${type}; it acts in the type${types.length === 1 ? '' : 's'} ${types.join(', ')}.`,
    {
      at: raw,
      hint: 'Leave it out, or take such a type; null (on the command line: unset) takes back what a profile says of it.',
      facts: { setting: raw, types },
    },
  );
}

/** What is said of a scan beside its profile. Null takes back what the profile says. */
export type SettingChanges = { readonly [Key in SettingKey]?: ScanSettings[Key] | null };

export interface MergedSettings {
  readonly settings: ScanSettings;
  /** What was said otherwise than the base has it. */
  readonly overrides: readonly SettingName[];
}

/** The base with what is said beside it; what is undefined there stays. */
export function mergeSettings(base: ScanSettings, changes: SettingChanges): MergedSettings {
  const settings: ScanSettings = {
    scanType: after(base.scanType, changes.scanType),
    ports: after(base.ports, changes.ports),
    liveHosts: after(base.liveHosts, changes.liveHosts),
    rate: after(base.rate, changes.rate),
    perHostRate: after(base.perHostRate, changes.perHostRate),
    retries: after(base.retries, changes.retries),
    timeoutMs: after(base.timeoutMs, changes.timeoutMs),
    concurrency: after(base.concurrency, changes.concurrency),
    timing: after(base.timing, changes.timing),
    versionIntensity: after(base.versionIntensity, changes.versionIntensity),
    scripts: after(base.scripts, changes.scripts),
    osDetection: after(base.osDetection, changes.osDetection),
    enrich: after(base.enrich, changes.enrich),
  };
  const overrides = SETTING_KEYS.filter((key) => wayOf(settings, key) !== wayOf(base, key));
  return { settings, overrides: overrides.map((key) => NAME_OF_SETTING[key]) };
}

/** With the program's own way in the place of nothing, where there is one word for it. */
function wayOf(settings: ScanSettings, key: SettingKey): unknown {
  if (key === 'enrich') return enrichersText(settings.enrich ?? DEFAULT_ENRICHERS);
  return settings[key] ?? (key === 'scanType' ? 'auto' : key === 'liveHosts' ? false : undefined);
}

function after<Value>(before: Value | undefined, change: Value | null | undefined): Value | undefined {
  return change === undefined ? before : (change ?? undefined);
}
