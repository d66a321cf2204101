import { DEFAULT_PORTS, parsePorts } from '#domain/ports/ports.js';
import { parseRetention, type RetentionKind } from '#domain/settings/retention.js';
import { formatSpan, parseSpanMs } from '#domain/time/time-span.js';

/** What kind of value a setting has. */
export const SETTING_KINDS = ['retention', 'number', 'span', 'ports'] as const;
export type SettingKind = (typeof SETTING_KINDS)[number];

interface SettingFacts {
  readonly kind: SettingKind;
  readonly description: string;
  /** What holds while nothing was set. */
  readonly fallback: string;
  /** Gives the one form in which a value is stored; undefined for what is none. */
  readonly read: (text: string) => string | undefined;
  /** What it may be; ends a sentence. */
  readonly allowed: string;
  /** When a change acts; a sentence. */
  readonly acts: string;
  /** What is kept for so long. */
  readonly keeps?: RetentionKind;
}

const AT_ONCE = 'Programs that run act on it at once.';

function retention(keeps: RetentionKind, description: string, fallback: string): SettingFacts {
  return {
    kind: 'retention',
    keeps,
    description,
    fallback,
    read: parseRetention,
    allowed: 'forever, or a span from a day to a hundred years such as 90 days, 24 months or 2 years',
    acts: 'A server acts on it within six hours.',
  };
}

function integer(
  description: string,
  { least, most, fallback }: { readonly least: number; readonly most: number; readonly fallback: number },
): SettingFacts {
  return {
    kind: 'number',
    description,
    fallback: String(fallback),
    read: (text) => {
      const value = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? String(value) : undefined;
    },
    allowed: `a whole number from ${least} to ${most}`,
    acts: AT_ONCE,
  };
}

function span(
  description: string,
  { leastMs, mostMs, fallbackMs }: Readonly<Record<'leastMs' | 'mostMs' | 'fallbackMs', number>>,
): SettingFacts {
  return {
    kind: 'span',
    description,
    fallback: formatSpan(fallbackMs),
    read: (text) => {
      const ms = parseSpanMs(text);
      return ms !== undefined && ms >= leastMs && ms <= mostMs ? formatSpan(ms) : undefined;
    },
    allowed: `a time from ${formatSpan(leastMs)} to ${formatSpan(mostMs)} such as ${formatSpan(fallbackMs)}, ${formatSpan(2 * fallbackMs)} or ${formatSpan(mostMs)}`,
    acts: AT_ONCE,
  };
}

/** As long as the table takes. */
const MAX_PORTS_CHARACTERS = 100;

function tcpPorts(description: string, fallback: string): SettingFacts {
  return {
    kind: 'ports',
    description,
    fallback,
    read: (text) => {
      const ports = text.trim();
      return ports.length <= MAX_PORTS_CHARACTERS && areTcpPorts(ports) ? ports : undefined;
    },
    allowed: `TCP ports, in up to ${MAX_PORTS_CHARACTERS} characters, such as top-100 or 22,80,8000-8100`,
    acts: 'It acts on scans that are started from then on.',
  };
}

function areTcpPorts(text: string): boolean {
  // Of the grammar only what is one line: white space may stand in it.
  if (!/^[\x21-\x7e]+$/.test(text)) return false;
  try {
    const { udp, count } = parsePorts(text);
    return count > 0 && udp.length === 0;
  } catch {
    return false;
  }
}

/**
 * What can be set for the whole installation: here, and nowhere else. A test of the effect of each has to stand in
 * `test/integration/settings/setting-effects.test.ts`. Observations are kept for ever unless somebody decides otherwise: a product that promises to
 * lose none must not lose one because nobody knew of a setting. Events repeat what scans and history tell, and grow with
 * every batch.
 */
export const SETTINGS = {
  'retention.port_scans': retention(
    'port_scans',
    'Open ports as each scan saw them. Whole months (UTC) go, and their totals stay.',
    'forever',
  ),
  'retention.coverage': retention(
    'coverage',
    'Closed, filtered and unresponsive ports of scans that ended before. What arrives late, such as an old report, is no longer compared with them.',
    'forever',
  ),
  'retention.history': retention(
    'history',
    'Changes of hosts and ports. The newest of each is kept, whatever its age, and since when it is known.',
    'forever',
  ),
  'retention.events': retention(
    'events',
    'The log of events of scans, which notifications are made from.',
    '90 days',
  ),
  'rate.total': integer(
    'Packets a second of all scans of a site together that were given no rate; loopback is free of it.',
    { least: 1, most: 1_000_000, fallback: 1_000 },
  ),
  'rate.per_host': integer(
    'Packets a second to one host, of all scans that were given no rate for it; loopback is free of it.',
    { least: 1, most: 100_000, fallback: 40 },
  ),
  'scan.ports': tcpPorts(
    'Ports of scans without ports of their own or of a profile. A scan of type udp then probes common UDP ports.',
    DEFAULT_PORTS,
  ),
  'worker.lease': span(
    'How long a program keeps its shards without a heartbeat before another takes over. SCANORAMA_LEASE_TIME overrides it for one program.',
    { leastMs: 1_000, mostMs: 600_000, fallbackMs: 15_000 },
  ),
  'worker.shards': integer(
    'Parts of scans that one program runs at once; those that run go on when it becomes less.',
    { least: 1, most: 16, fallback: 16 },
  ),
} as const satisfies Readonly<Record<string, SettingFacts>>;
export type SettingName = keyof typeof SETTINGS;

const isSettingName = (text: string): text is SettingName => Object.hasOwn(SETTINGS, text);
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS).filter(isSettingName);

/** The setting of that name; undefined where there is none. */
export function settingNamed(text: string): SettingName | undefined {
  return isSettingName(text) ? text : undefined;
}

export function settingFacts(name: SettingName): SettingFacts {
  return SETTINGS[name];
}

/** Values by name, as they are stored; what is missing has its default. */
export type SettingValues = Readonly<Partial<Record<SettingName, string>>>;

/** What holds; a value that is none, as somebody may have written into the table by hand, is not heeded. */
export function settingValue(values: SettingValues, name: SettingName): string {
  const { read, fallback } = settingFacts(name);
  return read(values[name] ?? fallback) ?? fallback;
}
