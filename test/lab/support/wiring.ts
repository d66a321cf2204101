import { must } from './namespaces.ts';
import { DEAD_ENDS, EXCLUDED, HOSTS, type Place, SERVICES_ADDRESS, type TrueHost } from './truth.ts';

/** Links of the scanner: the place at the other end, and the third group of its nets. */
const LINKS: readonly { readonly to: Place; readonly net: number }[] = [
  { to: 'near', net: 0 },
  { to: 'field', net: 3 },
  { to: 'router', net: 4 },
  { to: 'odd', net: 5 },
];
/** Nets that are not at the end of a link, and the place that routes them. */
const ROUTES: readonly { readonly net: string; readonly via: Place }[] = [
  { net: '198.18.1.0/24', via: 'field' },
  { net: '198.18.2.0/24', via: 'field' },
  { net: 'fd00:18:1::/64', via: 'field' },
  { net: '198.18.8.0/24', via: 'router' },
  { net: 'fd00:18:8::/64', via: 'router' },
  ...DEAD_ENDS.map(({ net }) => ({ net, via: 'router' as const })),
  { net: '198.18.32.0/23', via: 'odd' },
  { net: 'fd00:18:33::/64', via: 'odd' },
];
const FIELD_NETS = ['198.18.1.0/24', '198.18.2.0/24', 'fd00:18:1::/64'];
const ODD_NETS = ['198.18.32.0/23', 'fd00:18:33::/64'];
export const TUN_DEVICE = 'odd0';

const addressOf = (net: number, number: number) => `198.18.${net}.${number}`;
const address6Of = (net: number, number: number) => `fd00:18${net === 0 ? '' : `:${net}`}::${number}`;

type NameOf = (place: Place) => string;

/** The address of the far end of one of the scanner's links. */
export function linkEndOf(place: Place): string {
  const link = LINKS.find(({ to }) => to === place);
  if (link === undefined) throw new Error(`the scanner has no link to ${place}`);
  return addressOf(link.net, 2);
}

/** Addresses of the far ends of the scanner's links. */
export function linkEnds(): string[] {
  return LINKS.flatMap(({ net }) => [addressOf(net, 2), address6Of(net, 2)]);
}

/** Creates the links, addresses and routes of a lab whose namespaces exist. */
export function wire(nameOf: NameOf): void {
  for (const { to, net } of LINKS) link(nameOf, { from: 'scan', to, net });
  link(nameOf, { from: 'router', to: 'far', net: 8 });
  inside(nameOf('scan'), ROUTES.map(routeOverScanner));
  inside(nameOf('near'), hostAddresses('near', 'scan'));
  inside(nameOf('far'), [
    ...hostAddresses('far', 'router'),
    `route add default via ${addressOf(8, 1)}`,
    `-6 route add default via ${address6Of(8, 1)}`,
  ]);
  inside(
    nameOf('field'),
    FIELD_NETS.map((net) => `${familyFlag(net)}route add local ${net} dev lo`),
  );
  inside(
    nameOf('router'),
    DEAD_ENDS.map(({ net, route }) => `route add ${route} ${net}`),
  );
  inside(nameOf('odd'), [
    `tuntap add dev ${TUN_DEVICE} mode tun`,
    `link set ${TUN_DEVICE} txqueuelen 20000 up`,
    ...ODD_NETS.map((net) => `${familyFlag(net)}route add ${net} dev ${TUN_DEVICE}`),
  ]);
}

/** Two ends of a cable, created where they belong: no part of it is ever in the machine's own namespace. */
function link(nameOf: NameOf, { from, to, net }: { from: Place; to: Place; net: number }): void {
  must('ip', [
    'link',
    'add',
    to,
    'netns',
    nameOf(from),
    'type',
    'veth',
    'peer',
    'name',
    from,
    'netns',
    nameOf(to),
  ]);
  inside(nameOf(from), endOf(to, net, 1));
  inside(nameOf(to), endOf(from, net, 2));
}

function endOf(device: Place, net: number, number: number): string[] {
  return [
    'link set lo up',
    `addr add ${addressOf(net, number)}/24 dev ${device}`,
    `-6 addr add ${address6Of(net, number)}/64 dev ${device} nodad`,
    `link set ${device} txqueuelen 20000 up`,
  ];
}

function hostAddresses(place: Place, device: Place): string[] {
  const hosts: readonly TrueHost[] = [...HOSTS, ...EXCLUDED].filter((host) => host.place === place);
  const present = hosts.filter(({ tcp }) => tcp.otherwise !== 'absent').flatMap(({ addresses }) => addresses);
  return (place === 'near' ? [...present, SERVICES_ADDRESS] : present).map((address) =>
    address.includes(':')
      ? `-6 addr add ${address}/64 dev ${device} nodad`
      : `addr add ${address}/24 dev ${device}`,
  );
}

function routeOverScanner({ net, via }: { net: string; via: Place }): string {
  const { net: number = 0 } = LINKS.find(({ to }) => to === via) ?? {};
  return net.includes(':')
    ? `-6 route add ${net} via ${address6Of(number, 2)}`
    : `route add ${net} via ${addressOf(number, 2)}`;
}

const familyFlag = (net: string) => (net.includes(':') ? '-6 ' : '');

function inside(namespace: string, commands: readonly string[]): void {
  for (const family of ['-4', '-6']) {
    const chosen = commands.filter((command) => command.startsWith('-6 ') === (family === '-6'));
    const batch = chosen.map((command) => command.replace(/^-6 /, '')).join('\n');
    must('ip', [family, '-netns', namespace, '-batch', '-'], `${batch}\n`);
  }
}

/** Kernel settings of each namespace: responses without rate limits, and forwarding in between. */
const SETTINGS: Readonly<Record<string, string>> = {
  'ipv4/icmp_ratelimit': '0',
  'ipv4/icmp_msgs_per_sec': '1000000',
  'ipv4/icmp_msgs_burst': '1000000',
  'ipv6/icmp/ratelimit': '0',
  'core/somaxconn': '65535',
  'ipv4/tcp_max_syn_backlog': '65535',
  'ipv4/ip_forward': '1',
  'ipv6/conf/all/forwarding': '1',
};

export function applySettings(namespace: string): void {
  const lines = Object.entries(SETTINGS).map(
    // A kernel that lacks one has no such limit in a namespace.
    ([name, value]) => `[ ! -w /proc/sys/net/${name} ] || echo ${value} >/proc/sys/net/${name}`,
  );
  must('ip', ['netns', 'exec', namespace, 'sh', '-c', lines.join('\n')]);
}
