import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { type Address, type AddressFamily, addressBits, parseLiteral } from '#domain/addresses/address.js';
import { type AddressRange, networkRange } from '#domain/addresses/address-range.js';
import { loadLibc } from '#net/native/libc/libc.js';

/** How an address is reached without a router in between. */
export interface OnLink {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  /** Of this machine on that link, as `02:00:00:00:00:01`. */
  readonly mac: string;
  /** This machine's address there. */
  readonly source: Address;
}

interface Route {
  readonly interfaceName: string;
  readonly range: AddressRange;
  readonly prefixBits: number;
  readonly metric: number;
  readonly isOnLink: boolean;
}

export interface LinkFacts {
  readonly interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>;
  /** Text of /proc/net/route and /proc/net/ipv6_route; empty where there is none. */
  readonly ipv4Routes: string;
  readonly ipv6Routes: string;
  /** 0 for a name that no interface has. */
  readonly indexOf: (interfaceName: string) => number;
}

const ROUTE_UP = 0x1;
const ROUTE_GATEWAY = 0x2;
const ROUTE_REJECT = 0x200;
const ROUTE_LOCAL = 0x8000_0000;
const LINK_LOCAL: AddressRange = networkRange({ family: 6, value: 0xfe80n << 112n }, 10);

/**
 * Which addresses are neighbors, by the main routing table: the mask of an interface alone would call one a neighbor
 * that a narrower route sends to a router. Own addresses and link-local ones, which name no link, are none.
 */
export class LinkTable {
  readonly #interfaces: LinkFacts['interfaces'];
  readonly #indexOf: LinkFacts['indexOf'];
  readonly #routes: readonly Route[];

  constructor({ interfaces, ipv4Routes, ipv6Routes, indexOf }: LinkFacts) {
    this.#interfaces = interfaces;
    this.#indexOf = indexOf;
    const routes = [
      ...linesOf(ipv4Routes).flatMap(parseIpv4Route),
      ...linesOf(ipv6Routes).flatMap(parseIpv6Route),
    ];
    // The narrowest route wins, then the one with the lowest metric.
    this.#routes = routes.sort((a, b) => b.prefixBits - a.prefixBits || a.metric - b.metric);
  }

  onLink(address: Address): OnLink | undefined {
    if (contains(LINK_LOCAL, address) || this.#isOwn(address)) return undefined;
    const route = this.#routes.find(({ range }) => contains(range, address));
    if (route === undefined || !route.isOnLink) return undefined;
    const own = this.#sourceOn(route.interfaceName, address.family);
    const interfaceIndex = this.#indexOf(route.interfaceName);
    if (own === undefined || interfaceIndex === 0) return undefined;
    return { interfaceName: route.interfaceName, interfaceIndex, ...own };
  }

  #isOwn({ family, value }: Address): boolean {
    return Object.values(this.#interfaces).some((infos) =>
      infos?.some((info) => {
        const own = parseLiteral(info.address);
        return own?.family === family && own.value === value;
      }),
    );
  }

  #sourceOn(interfaceName: string, family: AddressFamily): { mac: string; source: Address } | undefined {
    for (const info of this.#interfaces[interfaceName] ?? []) {
      const source = parseLiteral(info.address);
      if (source?.family === family && !info.internal && /[1-9a-f]/.test(info.mac)) {
        return { mac: info.mac, source };
      }
    }
    return undefined;
  }
}

/** As this machine, or the network namespace that this process is in, stands now. Sends nothing. */
export function readLinks(): LinkTable {
  const toIndex = loadLibc().func('unsigned int if_nametoindex(const char *name)');
  return new LinkTable({
    interfaces: networkInterfaces(),
    ipv4Routes: readText('/proc/net/route'),
    ipv6Routes: readText('/proc/net/ipv6_route'),
    indexOf: (interfaceName) => Number(toIndex(interfaceName)),
  });
}

/** A system without IPv6 has no such file. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function linesOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

/** Iface Destination Gateway Flags RefCnt Use Metric Mask …; addresses are words of the machine, in hexadecimal. */
function parseIpv4Route(fields: readonly string[]): Route[] {
  const [interfaceName = '', destination = '', , flags = '', , , metric = '', mask = ''] = fields;
  if (!/^[0-9A-F]{8}$/i.test(destination)) return [];
  const flagBits = Number.parseInt(flags, 16);
  if ((flagBits & ROUTE_UP) === 0) return [];
  const prefixBits = swapped(mask).toString(2).replaceAll('0', '').length;
  return [
    {
      interfaceName,
      range: networkRange({ family: 4, value: swapped(destination) }, prefixBits),
      prefixBits,
      metric: Number(metric),
      isOnLink: (flagBits & (ROUTE_GATEWAY | ROUTE_REJECT)) === 0,
    },
  ];
}

function swapped(word: string): bigint {
  return BigInt(`0x${(word.match(/../g) ?? ['0']).toReversed().join('')}`);
}

/** Destination Prefix Source Prefix NextHop Metric RefCnt Use Flags Iface, all in hexadecimal. */
function parseIpv6Route(fields: readonly string[]): Route[] {
  const [destination = '', prefix = '', , , nextHop = '', metric = '', , , flags = '', interfaceName = ''] =
    fields;
  if (!/^[0-9a-f]{32}$/i.test(destination)) return [];
  const prefixBits = Number.parseInt(prefix, 16);
  const flagBits = Number.parseInt(flags, 16);
  if ((flagBits & ROUTE_UP) === 0 || prefixBits > addressBits(6)) return [];
  const isDirect = /^0*$/.test(nextHop) && (flagBits & (ROUTE_GATEWAY | ROUTE_REJECT)) === 0;
  return [
    {
      interfaceName,
      range: networkRange({ family: 6, value: BigInt(`0x${destination}`) }, prefixBits),
      prefixBits,
      metric: Number.parseInt(metric, 16),
      isOnLink: isDirect && (flagBits & ROUTE_LOCAL) === 0,
    },
  ];
}

function contains({ family, first, last }: AddressRange, address: Address): boolean {
  return address.family === family && first <= address.value && address.value <= last;
}
