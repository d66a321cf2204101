export type AddressFamily = 4 | 6;

/** One IP address: `value` is its 32 or 128 bits read as one number. */
export interface Address {
  readonly family: AddressFamily;
  readonly value: bigint;
}

const MAX_IPV6_CHARS = 45;
const IPV6_GROUPS = 8;

export function addressBits(family: AddressFamily): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** The highest value an address of the family can have. */
export function lastValue(family: AddressFamily): bigint {
  return family === 4 ? 0xffff_ffffn : (1n << 128n) - 1n;
}

/**
 * Strict text form of one address, `undefined` for anything else. IPv4 is four decimal octets without
 * leading zeros: the short, octal and hexadecimal forms of inet_aton are refused, as two programs read
 * them as two addresses. IPv4-mapped IPv6 is the IPv4 address, so that an exclusion of one holds for both.
 */
export function parseAddress(text: string): Address | undefined {
  const literal = parseLiteral(text);
  return literal === undefined ? undefined : unmap(literal);
}

/** Like `parseAddress`, but IPv4-mapped IPv6 stays IPv6: for text that `formatAddress` wrote. */
export function parseLiteral(text: string): Address | undefined {
  const family = text.includes(':') ? 6 : 4;
  const value = family === 6 ? parseIpv6(text) : parseIpv4(text);
  return value === undefined ? undefined : { family, value };
}

/** The IPv4 address inside an IPv4-mapped IPv6 address; any other address as it is. */
export function unmap(address: Address): Address {
  return isMapped(address) ? { family: 4, value: address.value & 0xffff_ffffn } : address;
}

export function isMapped(address: Address): boolean {
  return address.family === 6 && address.value >> 32n === 0xffffn;
}

/** Canonical text: dotted decimal, or RFC 5952. */
export function formatAddress(address: Address): string {
  if (address.family === 4) return formatIpv4(address.value);
  if (isMapped(address)) return `::ffff:${formatIpv4(address.value & 0xffff_ffffn)}`;
  return formatIpv6(address.value);
}

/** IPv4 before IPv6, then by value: the order of PostgreSQL's inet. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.value === b.value) return 0;
  return a.value < b.value ? -1 : 1;
}

export function isLoopback(address: Address): boolean {
  const { family, value } = unmap(address);
  return family === 4 ? value >> 24n === 127n : value === 1n;
}

function parseIpv4(text: string): bigint | undefined {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (octets === undefined) return undefined;
  let value = 0;
  for (const octet of octets) {
    if (Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0'))) return undefined;
    value = value * 256 + Number(octet);
  }
  return BigInt(value);
}

function parseIpv6(text: string): bigint | undefined {
  if (text.length > MAX_IPV6_CHARS) return undefined;
  const gap = text.indexOf('::');
  if (gap === -1) {
    const groups = hexGroups(text, true);
    return groups?.length === IPV6_GROUPS ? joinGroups(groups) : undefined;
  }
  const head = hexGroups(text.slice(0, gap), false);
  const tail = hexGroups(text.slice(gap + 2), true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = IPV6_GROUPS - head.length - tail.length;
  if (missing < 1) return undefined;
  return joinGroups([...head, ...Array.from({ length: missing }, () => '0'), ...tail]);
}

/** The 16-bit groups of one side of `::` in hexadecimal; a dotted quad may stand for the last two. */
function hexGroups(text: string, mayEndDotted: boolean): string[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const end = groups.at(-1);
  if (mayEndDotted && end?.includes('.')) {
    const quad = parseIpv4(end);
    if (quad === undefined) return undefined;
    groups.splice(-1, 1, (quad >> 16n).toString(16), (quad & 0xffffn).toString(16));
  }
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) ? groups : undefined;
}

function joinGroups(groups: readonly string[]): bigint {
  return BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`);
}

function formatIpv4(value: bigint): string {
  const bits = Number(value);
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

function formatIpv6(value: bigint): string {
  const hex = value.toString(16).padStart(32, '0');
  const groups = Array.from({ length: IPV6_GROUPS }, (_, at) =>
    Number.parseInt(hex.slice(at * 4, at * 4 + 4), 16).toString(16),
  );
  const gap = longestZeroRun(groups);
  if (gap.length < 2) return groups.join(':');
  return `${groups.slice(0, gap.start).join(':')}::${groups.slice(gap.start + gap.length).join(':')}`;
}

/** The first of the longest runs of zero groups: the one RFC 5952 shortens. */
function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (const [at, group] of groups.entries()) {
    if (group !== '0') start = at + 1;
    else if (at + 1 - start > longest.length) longest = { start, length: at + 1 - start };
  }
  return longest;
}
