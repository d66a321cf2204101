import type { Protocol } from '#domain/ports/protocol.js';

/**
 * The complete known truth of the lab: which hosts are there, and how each port responds. The firewall, the listeners and the
 * responder are created from this file, and results are compared with it.
 */

/** How far the namespaces are from the scanner; docs/lab.md has the drawing. */
export const PLACES = ['scan', 'near', 'field', 'router', 'far', 'odd'] as const;
export type Place = (typeof PLACES)[number];

/**
 * The ICMP errors that a firewall can send: names of nftables, and the codes under "destination unreachable" (ICMP type 3,
 * ICMPv6 type 1). ICMPv6 has no code for an unknown protocol.
 */
export const REJECTS = {
  'net-unreachable': { icmp: 'net-unreachable', code: 0, icmpv6: 'no-route', code6: 0 },
  'host-unreachable': { icmp: 'host-unreachable', code: 1, icmpv6: 'addr-unreachable', code6: 3 },
  'proto-unreachable': { icmp: 'prot-unreachable', code: 2, icmpv6: undefined, code6: undefined },
  'port-unreachable': { icmp: 'port-unreachable', code: 3, icmpv6: 'port-unreachable', code6: 4 },
  'net-prohibited': { icmp: 'net-prohibited', code: 9, icmpv6: 'policy-fail', code6: 5 },
  'host-prohibited': { icmp: 'host-prohibited', code: 10, icmpv6: 'reject-route', code6: 6 },
  'admin-prohibited': { icmp: 'admin-prohibited', code: 13, icmpv6: 'admin-prohibited', code6: 1 },
} as const;
export type Reject = keyof typeof REJECTS;

/**
 * How a port responds. `mute`: a UDP service that never responds. `stray`: the response acknowledges a packet that
 * was never sent, so it is no response. `absent`: no host has the address. `routeless`: a router has no route, and reports so
 * now and then, as the kernel limits these messages to about one a second.
 */
export type Manner =
  | 'open'
  | 'mute'
  | 'closed'
  | 'unresponsive'
  | 'stray'
  | 'absent'
  | 'routeless'
  | 'answers-all'
  | 'tarpit'
  | Reject;

export interface PortManners {
  readonly otherwise: Manner;
  readonly special: ReadonlyMap<number, Manner>;
}

/** Deviations of the user-space responder from the plain response. */
export interface Quirks {
  readonly delayMs?: number;
  /** How often each response is sent (default: once). */
  readonly copies?: number;
  /** The window of a SYN-ACK, in bytes. */
  readonly windowBytes?: number;
  /** A reset right after the handshake. */
  readonly resetsAfterHandshake?: true;
}

/** Addresses that all behave the same. */
export interface TrueHost {
  readonly name: string;
  readonly place: Exclude<Place, 'scan'>;
  readonly addresses: readonly string[];
  readonly tcp: PortManners;
  readonly udp: PortManners;
  /** Who drops and rejects (default: the host itself). */
  readonly firewall?: 'router';
  readonly quirks?: Quirks;
  /** Share of its packets lost in each direction, in thousandths. */
  readonly lossPerMille?: number;
  /** One listener on the wildcard address stands for all addresses. */
  readonly isWildcard?: true;
}

type Special = Readonly<Partial<Record<Manner, readonly number[]>>>;

function answering(otherwise: Manner, special: Special = {}): PortManners {
  const map = new Map<number, Manner>();
  for (const manner of Object.keys(special).filter(isManner)) {
    for (const port of special[manner] ?? []) map.set(port, manner);
  }
  return { otherwise, special: map };
}

const MANNERS: readonly string[] = [
  'open',
  'mute',
  'closed',
  'unresponsive',
  'stray',
  'absent',
  'routeless',
  'answers-all',
  'tarpit',
  ...Object.keys(REJECTS),
];
function isManner(text: string): text is Manner {
  return MANNERS.includes(text);
}
export function isReject(manner: Manner): manner is Reject {
  return manner in REJECTS;
}

/** The same port numbers on both protocols; errors that only ICMPv4 has are not on the IPv6 hosts. */
const rejectPorts = (family: 4 | 6): Special =>
  Object.fromEntries(
    Object.entries(REJECTS)
      .map(([kind, { icmpv6 }], index) => ({ kind, port: 1_001 + index, isBoth: icmpv6 !== undefined }))
      .filter(({ isBoth }) => family === 4 || isBoth)
      .map(({ kind, port }) => [kind, [port]]),
  );
/**
 * On a link without latency, the error is there before connect(2) over IPv6 can receive it; the kernel reports it
 * after the next SYN, a second later. The responder, which has some latency, rejects in this way as well.
 */
function withoutPortUnreachable(family: 4 | 6): Special {
  const { 'port-unreachable': ports, ...others } = rejectPorts(family);
  return family === 4 && ports !== undefined ? { ...others, 'port-unreachable': ports } : others;
}
/** An error from a router proves nothing about the host; port-unreachable comes from the host itself. */
const ROUTER_REJECTS: Special = {
  'net-unreachable': [3_002],
  'host-prohibited': [3_003],
  'admin-prohibited': [3_004],
};

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);
const both = (net: string, net6: string, number: number) => [`${net}.${number}`, `${net6}::${number}`];
const near = (number: number) => both('198.18.0', 'fd00:18', number);
const far = (number: number) => both('198.18.8', 'fd00:18:8', number);
const odd = (number: number) => both('198.18.33', 'fd00:18:33', number);

const CLOSED = answering('closed');
const UNRESPONSIVE = answering('unresponsive');

const NEAR: readonly TrueHost[] = [
  {
    name: 'mixed',
    place: 'near',
    addresses: near(10),
    tcp: answering('closed', {
      open: [22, 80, 443, 1_010, 8_000, 8_080],
      unresponsive: [23, ...range(135, 139)],
    }),
    udp: answering('closed', { open: [7, 5_000], mute: [5_001], unresponsive: [5_002] }),
  },
  {
    name: 'walled',
    place: 'near',
    addresses: near(11),
    tcp: answering('unresponsive', { open: [80, 443], closed: [113] }),
    udp: answering('unresponsive', { open: [5_000] }),
  },
  ...([4, 6] as const).map(
    (family): TrueHost => ({
      name: `rejecting IPv${family}`,
      place: 'near',
      addresses: near(12).slice(family === 4 ? 0 : 1, family === 4 ? 1 : 2),
      tcp: answering('closed', { open: [25], ...withoutPortUnreachable(family) }),
      udp: answering('closed', { open: [5_000], ...rejectPorts(family) }),
    }),
  ),
  { name: 'unresponsive', place: 'near', addresses: near(13), tcp: UNRESPONSIVE, udp: UNRESPONSIVE },
  { name: 'closed', place: 'near', addresses: near(14), tcp: CLOSED, udp: CLOSED },
  {
    name: 'one machine, ten addresses',
    place: 'near',
    addresses: range(60, 69).map((number) => `198.18.0.${number}`),
    tcp: CLOSED,
    udp: CLOSED,
  },
  { name: 'absent', place: 'near', addresses: near(17), tcp: answering('absent'), udp: answering('absent') },
];

/** Every scan of the lab excludes these; they would respond. */
export const EXCLUDED: readonly TrueHost[] = [15, 16].map((number) => ({
  name: `excluded ${number}`,
  place: 'near',
  addresses: near(number),
  tcp: answering('closed', { open: [22, 80, 443] }),
  udp: answering('closed', { open: [5_000] }),
}));

const FAR: readonly TrueHost[] = [
  {
    name: 'behind the router',
    place: 'far',
    addresses: far(20),
    firewall: 'router',
    tcp: answering('closed', { open: [22, 80, 443], unresponsive: [3_001], ...ROUTER_REJECTS }),
    udp: answering('closed', { open: [5_000], unresponsive: [3_001], ...ROUTER_REJECTS }),
  },
];

/** Nets that the router has a route of this type for, with no host behind it. */
export const DEAD_ENDS = [
  { net: '198.18.9.0/24', route: 'unreachable', manner: 'routeless' },
  { net: '198.18.10.0/24', route: 'prohibit', manner: 'routeless' },
  { net: '198.18.11.0/24', route: 'blackhole', manner: 'unresponsive' },
] as const;
const NO_OWNER: readonly TrueHost[] = DEAD_ENDS.map(({ net, route, manner }) => ({
  name: `route of type ${route}`,
  place: 'router',
  addresses: [net.replace('.0/24', '.1')],
  tcp: answering(manner),
  udp: answering(manner),
}));

/** 254 addresses × 40 open ports = 10,160 pairs, of which 22, 80 and 443 alone are 762. */
export const FIELD_OPEN_PORTS: readonly number[] = [22, 80, 443, ...range(2_001, 2_037)];
export const LOSS_PER_MILLE = 50;
const FIELD_NETS = [
  { name: 'field', net: '198.18.1', lossPerMille: 0 },
  { name: 'lossy field', net: '198.18.2', lossPerMille: LOSS_PER_MILLE },
];
const FIELD: readonly TrueHost[] = [
  ...FIELD_NETS.map(({ name, net, lossPerMille }) => ({
    name,
    lossPerMille,
    addresses: range(1, 254).map((number) => `${net}.${number}`),
  })),
  {
    name: 'field IPv6',
    lossPerMille: 0,
    addresses: range(1, 254).map((number) => `fd00:18:1::${number.toString(16)}`),
  },
].map((group) => ({
  ...group,
  place: 'field',
  isWildcard: true,
  tcp: answering('closed', { open: FIELD_OPEN_PORTS }),
  udp: CLOSED,
}));

const EVERY_TENTH = range(1, 65_535).filter((port) => port % 10 === 3);
const LISTED_ODD = [
  { name: 'neighbor of an impostor', number: 8, tcp: answering('closed', { open: [22, 80, 443] }) },
  {
    name: 'answers 300 ms late',
    number: 13,
    tcp: answering('closed', { open: [22, 80] }),
    quirks: { delayMs: 300 },
  },
  { name: 'answers twice', number: 14, tcp: answering('closed', { open: [22, 80] }), quirks: { copies: 2 } },
  { name: 'answers astray', number: 15, tcp: answering('closed', { open: [22], stray: [80, 443] }) },
] as const;

const REJECTING: readonly TrueHost[] = ([4, 6] as const).map((family) => ({
  name: `rejecting IPv${family}, with a delay`,
  place: 'odd',
  addresses: odd(16).slice(family === 4 ? 0 : 1, family === 4 ? 1 : 2),
  tcp: answering('closed', { open: [25], ...rejectPorts(family) }),
  udp: UNRESPONSIVE,
}));

/** Impostors: they respond, which proves nothing about a host. */
const IMPOSTOR_LIST = [
  { name: 'answers for one host', number: 7, tcp: answering('answers-all') },
  { name: 'tarpit, window of 0', number: 9, tcp: answering('tarpit'), quirks: { windowBytes: 0 } },
  { name: 'tarpit, window of 10', number: 10, tcp: answering('tarpit'), quirks: { windowBytes: 10 } },
  {
    name: 'answers on 90 % of the ports',
    number: 11,
    tcp: answering('answers-all', { unresponsive: EVERY_TENTH }),
  },
  {
    name: 'SYN-ACK, then reset',
    number: 12,
    tcp: answering('answers-all'),
    quirks: { resetsAfterHandshake: true },
  },
] as const;

const oddHost = (host: { name: string; number: number; tcp: PortManners; quirks?: Quirks }): TrueHost => ({
  name: host.name,
  place: 'odd',
  addresses: odd(host.number),
  tcp: host.tcp,
  udp: UNRESPONSIVE,
  ...(host.quirks === undefined ? {} : { quirks: host.quirks }),
});

export const IMPOSTORS: readonly TrueHost[] = [
  ...IMPOSTOR_LIST.map(oddHost),
  {
    name: 'answers for a whole range',
    place: 'odd',
    addresses: range(1, 254).map((number) => `198.18.32.${number}`),
    tcp: answering('answers-all'),
    udp: UNRESPONSIVE,
  },
];

export const HOSTS: readonly TrueHost[] = [
  ...NEAR,
  ...FAR,
  ...NO_OWNER,
  ...FIELD,
  ...LISTED_ODD.map(oddHost),
  ...REJECTING,
  ...IMPOSTORS,
];

/** Real services on one address of the near namespace, as far as their Debian packages are installed. */
export const SERVICES = [
  { program: '/usr/sbin/sshd', package: 'openssh-server', tcp: [22], udp: [] },
  { program: '/usr/sbin/nginx', package: 'nginx-light', tcp: [80], udp: [] },
  { program: '/usr/sbin/dnsmasq', package: 'dnsmasq-base', tcp: [53], udp: [53] },
  { program: '/usr/sbin/snmpd', package: 'snmpd', tcp: [], udp: [161] },
] as const;
export type Service = (typeof SERVICES)[number];
export const SERVICES_ADDRESS = '198.18.0.18';

export function servicesHost(running: readonly Service[]): TrueHost {
  return {
    name: 'real services',
    place: 'near',
    addresses: [SERVICES_ADDRESS],
    tcp: answering('closed', { open: running.flatMap(({ tcp }) => tcp) }),
    udp: answering('closed', { open: running.flatMap(({ udp }) => udp) }),
  };
}

export function hostNamed(name: string): TrueHost {
  const host = [...HOSTS, ...EXCLUDED].find((candidate) => candidate.name === name);
  if (host === undefined) throw new Error(`no host of the lab is called ${name}`);
  return host;
}

export function mannerOf(host: TrueHost, protocol: Protocol, port: number): Manner {
  const { special, otherwise } = host[protocol];
  return special.get(port) ?? otherwise;
}
