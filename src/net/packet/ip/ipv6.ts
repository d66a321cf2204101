import type { Address } from '#domain/addresses/address.js';
import { addressBytes, concatBytes, readIpv6Address, viewOf } from '#net/packet/bytes.js';
import type { IpDecoding } from '#net/packet/ip/ipv4.js';
import { type Decoded, PacketError } from '#net/packet/packet-error.js';

export const IPV6_HEADER_BYTES = 40;
/** Far beyond what any sender needs; a chain of them is an attempt to slip past whoever reads it. */
export const MAX_EXTENSION_HEADERS = 16;

const FRAGMENT = 44;
const AUTHENTICATION = 51;
/** Hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, shim6. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, FRAGMENT, AUTHENTICATION, 60, 135, 139, 140]);

export interface Ipv6Extension {
  /** The next-header number that leads to it. */
  readonly header: number;
  /** All its bytes, at least 8; the first, which names the header after it, is written anew when encoding. */
  readonly bytes: Uint8Array;
}

export interface Ipv6Fragment {
  /** Where the payload belongs in the whole packet, in bytes, a multiple of 8. */
  readonly offset: number;
  readonly moreFragments: boolean;
  readonly identification: number;
}

export interface Ipv6Packet {
  readonly source: Address;
  readonly destination: Address;
  readonly hopLimit: number;
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly extensions: readonly Ipv6Extension[];
  /** What the payload is, behind all extension headers. See `IP_PROTOCOL`. */
  readonly protocol: number;
  readonly payload: Uint8Array;
}

export function decodeIpv6(bytes: Uint8Array, { isQuote = false }: IpDecoding = {}): Decoded<Ipv6Packet> {
  if (bytes.length < IPV6_HEADER_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(bytes);
  const first = view.getUint32(0);
  if (first >>> 28 !== 6) return new PacketError('bad-version', 0);
  const end = IPV6_HEADER_BYTES + view.getUint16(4);
  if (end > bytes.length && !isQuote) return new PacketError('truncated', bytes.length);
  const body = walkExtensions(bytes.subarray(0, end), bytes[6] ?? 0);
  if (body instanceof PacketError) return body;
  return {
    source: readIpv6Address(view, 8),
    destination: readIpv6Address(view, 24),
    hopLimit: bytes[7] ?? 0,
    trafficClass: (first >>> 20) & 0xff,
    flowLabel: first & 0xf_ffff,
    ...body,
  };
}

/** A fragment's place, if the packet is one; `undefined` also for a fragment header inside a later one. */
export function fragmentOf(packet: Ipv6Packet): Ipv6Fragment | undefined {
  const extension = packet.extensions.find(({ header }) => header === FRAGMENT);
  if (extension === undefined) return undefined;
  const view = viewOf(extension.bytes);
  const place = view.getUint16(2);
  return {
    offset: place & 0xfff8,
    moreFragments: (place & 1) === 1,
    identification: view.getUint32(4),
  };
}

type Ipv6Body = Pick<Ipv6Packet, 'extensions' | 'protocol' | 'payload'>;

function walkExtensions(packet: Uint8Array, firstHeader: number): Decoded<Ipv6Body> {
  const extensions: Ipv6Extension[] = [];
  let header = firstHeader;
  let at = IPV6_HEADER_BYTES;
  while (EXTENSIONS.has(header)) {
    if (extensions.length === MAX_EXTENSION_HEADERS) return new PacketError('too-many-headers', at);
    if (at + 8 > packet.length) return new PacketError('truncated', packet.length);
    const end = at + extensionBytes(header, packet[at + 1] ?? 0);
    if (end > packet.length) return new PacketError('truncated', packet.length);
    if (end < at + 8) return new PacketError('bad-length', at + 1);
    const bytes = packet.subarray(at, end);
    extensions.push({ header, bytes });
    // What follows in a later fragment is the middle of something: no header is there to be read.
    const isLater = header === FRAGMENT && (viewOf(bytes).getUint16(2) & 0xfff8) !== 0;
    header = bytes[0] ?? 0;
    at = end;
    if (isLater) break;
  }
  return { extensions, protocol: header, payload: packet.subarray(at) };
}

function extensionBytes(header: number, lengthField: number): number {
  if (header === FRAGMENT) return 8;
  return header === AUTHENTICATION ? (lengthField + 2) * 4 : (lengthField + 1) * 8;
}

/** Throws RangeError for a payload that no packet has room for. */
export function encodeIpv6(packet: Ipv6Packet): Uint8Array {
  const next = [...packet.extensions.map(({ header }) => header), packet.protocol];
  const extensions = packet.extensions.map(({ bytes }, index) =>
    Uint8Array.of(next[index + 1] ?? 0, ...bytes.subarray(1)),
  );
  const body = concatBytes([...extensions, packet.payload]);
  if (body.length > 0xffff) throw new RangeError(`no IPv6 packet with ${body.length} bytes of payload`);
  const header = new Uint8Array(IPV6_HEADER_BYTES);
  const view = viewOf(header);
  view.setUint32(0, ((6 << 28) | (packet.trafficClass << 20) | packet.flowLabel) >>> 0);
  view.setUint16(4, body.length);
  header[6] = next[0] ?? 0;
  header[7] = packet.hopLimit;
  header.set(addressBytes(packet.source), 8);
  header.set(addressBytes(packet.destination), 24);
  return concatBytes([header, body]);
}
