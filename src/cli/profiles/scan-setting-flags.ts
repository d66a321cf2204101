import { countOf, integerOf, oneOf, rateOf } from '#cli/arguments/flag-parsers.js';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { usage } from '#cli/arguments/usage.js';
import type { ScanRequest } from '#contract/scans/scan.js';
import {
  DEFAULT_ENRICHERS,
  ENRICHER_NAMES,
  type EnricherName,
  enrichersText,
  NO_ENRICHERS,
  parseEnrichers,
} from '#domain/enrichment/enricher.js';
import { MAX_VERSION_INTENSITY, NMAP_TIMINGS, SCRIPT_SETS } from '#domain/scans/nmap-detection.js';
import type { SettingName } from '#domain/scans/scan-settings.js';
import { SCAN_TYPES, type ScanType } from '#domain/scans/scan-type.js';
import { clip, quote } from '#domain/text/quote.js';

/** The value that removes a setting of the profile. The default applies instead. */
export const UNSET_VALUE = 'unset';
const ANSWERS = ['yes', 'no'] as const;

export const PROFILE_HELP =
  'use the settings of a profile; an option overrides its setting, and the value unset removes it';

/** Options for scan settings, for commands that start a scan or store scan settings. */
export const SETTING_FLAGS: readonly FlagSpec[] = [
  {
    flags: '-p, --ports <list>',
    help: 'ports such as 22,80,8000-8100, ssh, top-100, or - for all; may be repeated (default: the setting scan.ports, or top-1000: 300 that are met most often, then the registered ones in order), and 80 usual ones for udp',
    repeat: true,
  },
  {
    flags: '-t, --type <type>',
    help: `${SCAN_TYPES.join(', ')} (default: auto, which is syn if this machine permits it, otherwise connect); ports of a udp scan are UDP ports`,
    choices: SCAN_TYPES,
  },
  { flags: '--rate <packets>', help: 'packets per second, or max for no limit; of nmap its port scan alone' },
  { flags: '--per-host-rate <packets>', help: 'packets per second to one address' },
  {
    flags: '--live-hosts',
    help: 'discover hosts first by ARP, ping and TCP, and probe only ports of those that respond',
  },
  {
    flags: '--all-hosts',
    help: 'probe also hosts that do not respond to discovery; overrides --live-hosts of a profile',
  },
  {
    flags: '--retries <count>',
    help: 'how often a probe without response is repeated, at least (default: 1)',
  },
  {
    flags: '--timeout-ms <ms>',
    help: 'time to wait for a response (default: 900, for connections at most); nmap measures its own',
  },
  {
    flags: '--concurrency <count>',
    help: 'maximum number of connections at once, for the type connect (default: 1000)',
  },
  {
    flags: '--timing <word>',
    help: `timing template of nmap: ${NMAP_TIMINGS.join(', ')} (default: derived from the rates)`,
    choices: NMAP_TIMINGS,
  },
  {
    flags: '--version-intensity <count>',
    help: 'version intensity of nmap, 0 to 9 (default: 7)',
  },
  {
    flags: '--scripts <set>',
    help: `scripts that nmap runs: ${SCRIPT_SETS.join(', ')} (default: depends on the type)`,
    choices: SCRIPT_SETS,
  },
  {
    flags: '--os-detection <answer>',
    help: 'whether nmap detects the operating system, yes or no (default: depends on the type)',
    choices: ANSWERS,
  },
  {
    flags: '--enrich <list>',
    help: `what to learn about open ports: ssh (host keys), tls (certificates), ${NO_ENRICHERS} (default: ${enrichersText(DEFAULT_ENRICHERS)}); for the types auto, connect and syn`,
    choices: [...ENRICHER_NAMES, NO_ENRICHERS],
  },
];

/** Their names. */
export const SETTING_FLAG_NAMES = [
  'ports',
  'type',
  'rate',
  'per-host-rate',
  'live-hosts',
  'all-hosts',
  'retries',
  'timeout-ms',
  'concurrency',
  'timing',
  'version-intensity',
  'scripts',
  'os-detection',
  'enrich',
] as const;

/** Parses the setting options. `unset` becomes null, which removes the setting of the profile. Throws `usage`. */
export function parseSettings(flags: FlagValues): Pick<ScanRequest, SettingName> {
  const value = <Value>(
    name: string,
    read: (name: string, text: string) => Value,
  ): Value | null | undefined => {
    const text = flags.text(name);
    return text === undefined ? undefined : text === UNSET_VALUE ? null : read(name, text);
  };
  const scanType = value('type', (_name, text) => scanTypeOf(text));
  return {
    ports: portsOf(flags.list('ports'), scanType),
    scan_type: scanType,
    rate: value('rate', rateOf),
    per_host_rate: value('per-host-rate', perHostRateOf),
    live_hosts: liveHostsOf(flags),
    retries: value('retries', (name, text) => integerOf(name, text)),
    timeout_ms: value('timeout-ms', countOf),
    concurrency: value('concurrency', countOf),
    timing: value('timing', (name, text) => oneOf(name, text, NMAP_TIMINGS)),
    version_intensity: value('version-intensity', (name, text) =>
      integerOf(name, text, MAX_VERSION_INTENSITY),
    ),
    scripts: value('scripts', (name, text) => oneOf(name, text, SCRIPT_SETS)),
    os_detection: value('os-detection', (name, text) => oneOf(name, text, ANSWERS) === 'yes'),
    enrich: value('enrich', readEnrichers),
  };
}

function readEnrichers(name: string, text: string): EnricherName[] {
  const enrichers = parseEnrichers(text);
  if (enrichers !== undefined) return [...enrichers];
  throw usage(`--${name} takes ${ENRICHER_NAMES.join(', ')}, joined by commas, or ${NO_ENRICHERS}.`, {
    at: clip(text),
  });
}

function liveHostsOf(flags: FlagValues): boolean | undefined {
  const [first, second] = flags.givenOf(['live-hosts', 'all-hosts']);
  if (second !== undefined) throw usage(`${first} and ${second} exclude each other.`);
  return first === undefined ? undefined : first === '--live-hosts';
}

/** Several lists as one. Each is read by itself: a U: in one does not reach into the next. */
function portsOf(lists: readonly string[], scanType: ScanType | null | undefined): string | null | undefined {
  if (lists.length === 0) return undefined;
  if (lists.length === 1 && lists[0] === UNSET_VALUE) return null;
  const prefixed = lists.some((list) => /[TU]:/i.test(list));
  const unprefixed = scanType === 'udp' ? 'U:' : 'T:';
  return lists
    .map((list, index) => (index > 0 && prefixed && !/^\s*[TU]:/i.test(list) ? unprefixed + list : list))
    .join(',');
}

function perHostRateOf(name: string, text: string): number | undefined {
  if (text === 'max') {
    throw usage('--per-host-rate takes a number of packets per second; max is a word of --rate.', {
      hint: 'Give `--rate max` alone: it lifts the limit for each address too.',
      at: text,
    });
  }
  return countOf(name, text);
}

function scanTypeOf(text: string): ScanType {
  const type = SCAN_TYPES.find((candidate) => candidate === text);
  if (type === undefined) {
    throw usage(`There is no scan type ${quote(text)} here; there are ${SCAN_TYPES.join(', ')}.`, {
      at: clip(text),
    });
  }
  return type;
}
