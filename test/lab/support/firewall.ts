import type { Protocol } from '#domain/ports/protocol.js';
import {
  EXCLUDED,
  HOSTS,
  type Manner,
  type Place,
  type PortManners,
  REJECTS,
  type TrueHost,
} from './truth.ts';

/** The nftables verdict for a port of this manner; the kernel or a listener responds where it accepts. */
function verdictOf(manner: Manner, family: 4 | 6): string {
  switch (manner) {
    case 'unresponsive':
      return 'drop';
    case 'net-unreachable':
    case 'host-unreachable':
    case 'proto-unreachable':
    case 'port-unreachable':
    case 'net-prohibited':
    case 'host-prohibited':
    case 'admin-prohibited': {
      const { icmp, icmpv6 } = REJECTS[manner];
      if (family === 4) return `reject with icmp type ${icmp}`;
      if (icmpv6 === undefined) throw new Error(`ICMPv6 has no ${manner}`);
      return `reject with icmpv6 type ${icmpv6}`;
    }
    default:
      return 'accept';
  }
}

function rulesOf(address: string, protocol: Protocol, { special, otherwise }: PortManners): string[] {
  const family = address.includes(':') ? 6 : 4;
  const to = `${family === 6 ? 'ip6' : 'ip'} daddr ${address}`;
  const byVerdict = new Map<string, number[]>();
  for (const [port, manner] of special) {
    const verdict = verdictOf(manner, family);
    byVerdict.set(verdict, [...(byVerdict.get(verdict) ?? []), port]);
  }
  return [
    ...[...byVerdict].map(([verdict, ports]) => `${to} ${protocol} dport { ${ports.join(', ')} } ${verdict}`),
    `${to} meta l4proto ${protocol} ${verdictOf(otherwise, family)}`,
  ];
}

function rulesOfHosts(hosts: readonly TrueHost[]): string[] {
  return hosts.flatMap(({ addresses, tcp, udp }) =>
    addresses.flatMap((address) => [...rulesOf(address, 'tcp', tcp), ...rulesOf(address, 'udp', udp)]),
  );
}

/** Each address of the lossy groups loses its share in both directions, each packet independently. */
function lossRules(direction: 'daddr' | 'saddr'): string[] {
  return HOSTS.filter(({ lossPerMille = 0 }) => lossPerMille > 0).map(({ addresses, lossPerMille }) => {
    const net = addresses[0]?.replace(/\.\d+$/, '.0/24');
    return `ip ${direction} ${net} numgen random mod 1000 < ${lossPerMille} drop`;
  });
}

function table(chains: Readonly<Record<string, readonly string[]>>): string {
  const text = Object.entries(chains).map(
    ([hook, rules]) =>
      `chain ${hook} { type filter hook ${hook} priority 0; policy accept;\n${rules.join('\n')}\n}`,
  );
  return `table inet lab {\n${text.join('\n')}\n}\n`;
}

/** The ruleset of each place that has one. */
export const RULESETS: readonly { readonly place: Place; readonly ruleset: string }[] = [
  {
    place: 'near',
    ruleset: table({ input: rulesOfHosts([...HOSTS, ...EXCLUDED].filter(({ place }) => place === 'near')) }),
  },
  { place: 'field', ruleset: table({ input: lossRules('daddr'), output: lossRules('saddr') }) },
  {
    place: 'router',
    ruleset: table({ forward: rulesOfHosts(HOSTS.filter(({ firewall }) => firewall === 'router')) }),
  },
];
