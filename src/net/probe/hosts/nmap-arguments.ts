import type { AddressFamily } from '#domain/addresses/address.js';
import type { AddressRange } from '#domain/addresses/address-range.js';
import { formatRange, networksOf } from '#domain/addresses/address-range.js';
import type { AddressSet } from '#domain/addresses/address-set.js';
import type { PortSet } from '#domain/ports/port-set.js';
import {
  type NmapDetection,
  type NmapTiming,
  type ScriptSet,
  TIMING_PAUSES_MS,
} from '#domain/scans/nmap-detection.js';

export interface NmapOptions {
  /** What nmap is run for. */
  readonly detection: NmapDetection;
  /** Undefined is no limit. */
  readonly packetsPerSecond: number | undefined;
  readonly packetsPerSecondPerHost: number | undefined;
  readonly family: AddressFamily;
  readonly ports: PortSet;
  /** How often a silent probe is sent again. */
  readonly retries: number;
  /** Whether raw packets can be sent. */
  readonly isPrivileged: boolean;
  /** Paths of files that hold addresses alone, as nmap finds them. */
  readonly targetsFile: string;
  readonly exclusionsFile: string;
}

/** Hosts that nmap works on at once: what it found is written when the last of them is done. */
const HOST_GROUP = 32;
/** nmap's own limit. */
const MAX_RETRIES = 100;

/**
 * Scripts that speak to the host they were given, and to nobody else: none that broadcasts or asks third parties, and
 * none of those that do so without saying (they look names up, or make the host connect elsewhere).
 */
const TARGET_ONLY =
  'not (broadcast or external or dos or exploit or brute or fcrdns or resolveall or ftp-bounce or ip-forwarding or ' +
  'dns-client-subnet-scan or dns-srv-enum or targets-* or url-snarf or bittorrent-discovery)';
const SCRIPTS: Readonly<Record<ScriptSet, string | undefined>> = {
  none: undefined,
  default: `default and ${TARGET_ONLY}`,
  safe: `(default or safe) and ${TARGET_ONLY}`,
};
const TEMPLATES: Readonly<Record<NmapTiming, string>> = {
  paranoid: '-T0',
  sneaky: '-T1',
  polite: '-T2',
  normal: '-T3',
  aggressive: '-T4',
};

/**
 * The arguments of one run, XML to the standard output. Nothing in them is text of a person: words of ours, numbers,
 * port lists that a `PortSet` wrote, and the two paths. No name is looked up and no host is pinged: who is asked has
 * been decided.
 */
export function nmapArguments(options: NmapOptions): readonly string[] {
  const scripts = SCRIPTS[options.detection.scripts];
  return [
    '-oX',
    '-',
    '--no-stylesheet',
    '-n',
    '-Pn',
    // Beyond -Pn: else nmap calls a neighbor that ARP does not find down, and tells no port of it.
    '--disable-arp-ping',
    ...(options.family === 6 ? ['-6'] : []),
    options.isPrivileged ? '--privileged' : '--unprivileged',
    ...scanFlags(options),
    '-p',
    options.ports.toString(),
    ...paceFlags(options),
    ...(scripts === undefined ? [] : ['--script', scripts]),
    '-iL',
    options.targetsFile,
    '--excludefile',
    options.exclusionsFile,
  ];
}

function scanFlags({ detection, ports, isPrivileged }: NmapOptions): readonly string[] {
  return [
    ...(ports.tcp.length > 0 ? [isPrivileged ? '-sS' : '-sT'] : []),
    // Without raw packets nmap refuses to ask UDP, and says so.
    ...(ports.udp.length > 0 ? ['-sU'] : []),
    '-sV',
    '--version-intensity',
    String(detection.versionIntensity),
    // Operating systems and ways are told by raw packets alone.
    ...(isPrivileged && detection.osDetection ? ['-O'] : []),
    ...(isPrivileged && detection.scanType === 'aggressive' ? ['--traceroute'] : []),
  ];
}

/**
 * nmap holds the total rate for its port scan. It has none a host, but a pause between two probes of the same host,
 * which also makes it identify one service at a time.
 */
function paceFlags(options: NmapOptions): readonly string[] {
  const { packetsPerSecond, packetsPerSecondPerHost, retries, detection } = options;
  const isFree = packetsPerSecond === undefined && packetsPerSecondPerHost === undefined;
  const timing = detection.timing ?? (isFree ? 'aggressive' : 'normal');
  return [
    TEMPLATES[timing],
    '--max-retries',
    String(Math.min(MAX_RETRIES, Math.max(0, Math.trunc(retries)))),
    '--max-hostgroup',
    String(HOST_GROUP),
    ...(packetsPerSecond === undefined ? [] : ['--max-rate', String(packetsPerSecond)]),
    ...pauseFlags(timing, packetsPerSecondPerHost),
  ];
}

/** The longer of the two pauses: a flag of ours takes the place of the template's. */
function pauseFlags(
  timing: NmapTiming,
  packetsPerSecondPerHost = Number.POSITIVE_INFINITY,
): readonly string[] {
  const pauseMs = Math.max(TIMING_PAUSES_MS[timing], Math.ceil(1_000 / packetsPerSecondPerHost));
  return pauseMs === 0 ? [] : ['--scan-delay', `${pauseMs}ms`];
}

/** Lines for the files: networks of one family, as nmap reads them. */
export function addressLines(addresses: AddressSet, family: AddressFamily): string {
  return addresses.ranges
    .filter((range) => range.family === family)
    .flatMap((range: AddressRange) => networksOf(range))
    .map((network) => `${formatRange(network)}\n`)
    .join('');
}
