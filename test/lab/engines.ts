import type { ChildProcess } from 'node:child_process';
import { z } from 'zod';
import { ENRICHING_SCAN_TYPES } from '#domain/enrichment/enricher.js';
import type { TestDatabase } from '../support/database/database.ts';
import { ended, runProgram, startProgram } from '../support/programs/program.ts';
import type { Lab } from './lab.ts';
import type { Question } from './measure.ts';
import type { Probing } from './support/expectation.ts';
import { hasTool } from './support/namespaces.ts';
import { type Report, readNmap, readScan, type ScanDocument, scanDocument } from './support/observations.ts';
import { EXCLUDED, FIELD_OPEN_PORTS, HOSTS, hostNamed, type TrueHost } from './support/truth.ts';

/** What the lab needs to know of an engine of the product. */
export interface LabEngine {
  readonly name: string;
  /** What `scan --type` takes. */
  readonly type: string;
  readonly probing: Probing;
  readonly protocol: 'tcp' | 'udp';
  /** Whether it is installed; its tests are skipped with a warning where it is not. */
  readonly isAvailable: boolean;
  /** Whether it names tarpits and hosts that answer on every port, and reports neither as open. */
  readonly namesImpostors: boolean;
  /** Whether it finds 99.9 % of the open ports when 5 % of the packets are lost each way. */
  readonly bearsLoss: boolean;
  /** It talks to services, which takes minutes on unresponsive ports: only `servicesQuestion` is probed with it. */
  readonly probesServices?: true;
  /** Another engine that sends in the same way, and is tested for rates and stops instead of it. */
  readonly sendsLike?: string;
}

const TCP_ENGINE = { protocol: 'tcp', namesImpostors: false, bearsLoss: false } as const;

/** The one list to change when an engine is added or improved. */
export const ENGINES: readonly LabEngine[] = [
  {
    ...TCP_ENGINE,
    name: 'connect',
    type: 'connect',
    probing: 'connect',
    isAvailable: true,
    namesImpostors: true,
    bearsLoss: true,
  },
  {
    ...TCP_ENGINE,
    name: 'syn',
    type: 'syn',
    probing: 'syn',
    isAvailable: true,
    namesImpostors: true,
    bearsLoss: true,
  },
  { ...TCP_ENGINE, name: 'ack', type: 'ack', probing: 'ack', isAvailable: true, sendsLike: 'syn' },
  { ...TCP_ENGINE, name: 'udp', type: 'udp', probing: 'udp', protocol: 'udp', isAvailable: true },
  {
    ...TCP_ENGINE,
    name: 'nmap',
    type: 'version',
    probing: 'syn',
    isAvailable: hasTool('nmap'),
    probesServices: true,
    sendsLike: 'syn',
  },
];

/** The installed engines; missing ones are logged as a warning, once per test file. */
export function availableEngines(): readonly LabEngine[] {
  const missing = ENGINES.filter(({ isAvailable }) => !isAvailable).map(({ name }) => name);
  if (missing.length > 0)
    console.warn(`NOT TESTED IN THE LAB, as it is not to be had: ${missing.join(', ')}`);
  return ENGINES.filter(({ isAvailable }) => isAvailable);
}

// ── what is probed ───────────────────────────────────────────────────────────────────────────────────────────────

const TCP_PORTS = '20-30,80,113,130-140,443,999-1010,2999-3006,7999-8001,8080';
const UDP_PORTS = 'U:7,53,161,1000-1008,3000-3005,5000-5003';

/** Every kind of host and response, near and far, that is to be believed. */
export function fullQuestion(lab: Lab, protocol: 'tcp' | 'udp'): Question {
  const believed = HOSTS.filter(({ place }) => place === 'near' || place === 'far');
  const hosts = [...believed, lab.servicesHost];
  if (protocol === 'udp')
    return { hosts: hosts.filter(({ udp }) => udp.otherwise !== 'absent'), ports: UDP_PORTS };
  const played = HOSTS.filter((host) => host.place === 'odd' && host.tcp.otherwise === 'closed');
  const unreachable = HOSTS.filter(({ place }) => place === 'router');
  return { hosts: [...hosts, ...played, ...unreachable], ports: TCP_PORTS };
}

const SERVICES_HOSTS = [
  'mixed',
  'walled',
  'rejecting IPv4',
  'rejecting IPv6',
  'unresponsive',
  'closed',
  'absent',
  'behind the router',
];

/**
 * Open, closed, unresponsive and rejected ports of hosts near and far, one of them with real services. What listens sends
 * something or hangs up; and no port is rejected as unreachable, which connect(2) and a SYN distinguish.
 */
export function servicesQuestion(lab: Lab): Question {
  return {
    hosts: [...SERVICES_HOSTS.map(hostNamed), lab.servicesHost],
    ports: '22-23,25,80,113,136,1001-1003,1005-1007,3001-3004',
  };
}

function addressesOf(hosts: readonly TrueHost[]): string[] {
  return hosts.flatMap(({ addresses }) => addresses);
}

/** Addresses of the IPv6 field that are probed, few so that the suite is short. */
const FIELD6_PROBED = 30;
const FIELD6 = hostNamed('field IPv6');

/** 284 addresses with 40 open ports, and some closed ports. */
export const FIELD_QUESTION: Question = {
  hosts: [hostNamed('field'), { ...FIELD6, addresses: FIELD6.addresses.slice(0, FIELD6_PROBED) }],
  ports: '22,80,440-445,2000-2040',
};
export const FIELD_OPEN = FIELD_OPEN_PORTS.length * addressesOf(FIELD_QUESTION.hosts).length;
export const LOSSY_QUESTION: Question = { ...FIELD_QUESTION, hosts: [hostNamed('lossy field')] };

// ── the product ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Where the program runs: in the scanner's namespace, its database behind a socket in the file system. */
export interface Scanner {
  readonly lab: Lab;
  readonly databaseUrl: string;
}

export function scannerOf(lab: Lab, { address }: TestDatabase): Scanner {
  const { user = '', password = '', host = '', port, database = '' } = address;
  const url = new URL(`postgres://localhost:${port}/${database}`);
  url.username = user;
  url.password = password;
  url.searchParams.set('host', host);
  return { lab, databaseUrl: url.href };
}

/** The built program, scanning; `flags` are added to those that print JSON with all states. */
export function startScan({ lab, databaseUrl }: Scanner, flags: readonly string[]): ChildProcess {
  const texts = ['scan', '--yes', '--json', '--all-states', '--database-url', databaseUrl, ...flags];
  return startProgram(texts, { namespace: lab.namespaceOf('scan') });
}

/** Waits for the end of a scan. Throws with its output when it printed no document. */
export async function scanned(child: ChildProcess): Promise<ScanDocument> {
  const { code, stdout, stderr } = await ended(child);
  if (stdout === '') throw new Error(`the scan ended with ${code}: ${stderr}`);
  return scanDocument.parse(JSON.parse(stdout));
}

/** Addresses that every question names both as targets and as exclusions. */
export const EXCLUDED_ADDRESSES: readonly string[] = addressesOf(EXCLUDED);

const hostDocument = z.object({
  status: z.string(),
  status_reason: z.string(),
  mac: z.string().nullable(),
  ports: z.array(
    z.object({
      port: z.number(),
      service: z.string().nullable(),
      product: z.string().nullable(),
      version: z.string().nullable(),
    }),
  ),
});

/** What `hosts show` prints for an address. */
export async function findHost({ databaseUrl }: Scanner, address: string) {
  const { stdout, stderr } = await runProgram([
    'hosts',
    'show',
    address,
    '--json',
    '--database-url',
    databaseUrl,
  ]);
  if (stdout === '') throw new Error(`${address} cannot be shown: ${stderr}`);
  return hostDocument.parse(JSON.parse(stdout));
}

/** What is behind open ports is no result of an engine, and hundreds that accept and send nothing take their time. */
function portsAlone({ type }: LabEngine): string[] {
  return ENRICHING_SCAN_TYPES.some((enriching) => enriching === type) ? ['--enrich', 'none'] : [];
}

export async function runEngine(
  scanner: Scanner,
  engine: LabEngine,
  { question, flags = ['--rate', 'max'] }: { question: Question; flags?: readonly string[] },
): Promise<Report & { readonly scan: ScanDocument }> {
  const targets = [...addressesOf(question.hosts), ...EXCLUDED_ADDRESSES];
  const probed = ['--exclude', EXCLUDED_ADDRESSES.join(), '-p', question.ports, '--type', engine.type];
  const scan = await scanned(startScan(scanner, [...targets, ...probed, ...portsAlone(engine), ...flags]));
  return { ...readScan(scan), scan };
}

// ── the judge ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Scans by nmap, independent of the product. */
export const NMAP_SCANS = [
  { name: 'nmap -sT', flag: '-sT', probing: 'connect', protocol: 'tcp' },
  { name: 'nmap -sS', flag: '-sS', probing: 'syn', protocol: 'tcp' },
  { name: 'nmap -sU', flag: '-sU', probing: 'udp', protocol: 'udp' },
] as const;
export type NmapScan = (typeof NMAP_SCANS)[number];

/** With timeouts for the host that responds late, and without host discovery. */
const NMAP_FLAGS = (
  '-n -Pn --disable-arp-ping -T4 --initial-rtt-timeout 500ms --min-rtt-timeout 400ms ' +
  '--max-rtt-timeout 600ms --max-retries 1 --min-parallelism 200 -oX -'
).split(' ');

/** One run for each family, as nmap scans one family a run. */
export async function runNmap(
  lab: Lab,
  scan: NmapScan,
  question: Question,
  flags = NMAP_FLAGS,
): Promise<Report> {
  const addresses = addressesOf(question.hosts);
  const families = [
    { flag: [], own: addresses.filter((address) => !address.includes(':')) },
    { flag: ['-6'], own: addresses.filter((address) => address.includes(':')) },
  ];
  const reports = await Promise.all(
    families
      .filter(({ own }) => own.length > 0)
      .map(async ({ flag, own }) => {
        const texts = ['nmap', ...flag, scan.flag, ...flags, '-p', question.ports, ...own];
        const { child, output } = lab.start('scan', texts);
        const { code, stdout } = await ended(child);
        if (code !== 0) throw new Error(`nmap ended with ${code}: ${output()}`);
        return readNmap(stdout);
      }),
  );
  return { observations: reports.flatMap(({ observations }) => observations), hostsUp: undefined };
}
