/**
 * As much of IPv4, IPv6, TCP and ICMP as the lab needs to respond and to read captures; written independently of the product's
 * own, so that a mistake there cannot hide behind the same one here.
 */

export const TCP = 6;
export const UDP = 17;
export const ICMP = 1;
export const ICMPV6 = 58;

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;

export interface IpPacket {
  readonly family: 4 | 6;
  /** 4 or 16 bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  /** Including the header. */
  readonly complete: Uint8Array;
  /** The payload of the IP header. */
  readonly payload: Uint8Array;
}

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window: number;
}

/** Undefined for truncated packets and other protocols; extension headers of IPv6 are not followed. */
export function readIp(bytes: Uint8Array): IpPacket | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4) return readIpv4(bytes);
  if (version !== 6 || bytes.length < 40) return undefined;
  return {
    family: 6,
    complete: bytes,
    source: bytes.subarray(8, 24),
    destination: bytes.subarray(24, 40),
    protocol: bytes[6] ?? 0,
    payload: bytes.subarray(40),
  };
}

function readIpv4(bytes: Uint8Array): IpPacket | undefined {
  const headerBytes = ((bytes[0] ?? 0) & 0x0f) * 4;
  if (headerBytes < 20 || bytes.length < headerBytes) return undefined;
  return {
    family: 4,
    complete: bytes,
    source: bytes.subarray(12, 16),
    destination: bytes.subarray(16, 20),
    protocol: bytes[9] ?? 0,
    payload: bytes.subarray(headerBytes),
  };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function readTcp(payload: Uint8Array): TcpSegment | undefined {
  if (payload.length < 20) return undefined;
  const view = viewOf(payload);
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    sequence: view.getUint32(4),
    acknowledgement: view.getUint32(8),
    flags: payload[13] ?? 0,
    window: view.getUint16(14),
  };
}

export function addressText({ family, destination }: Pick<IpPacket, 'family' | 'destination'>): string {
  if (family === 4) return destination.join('.');
  const view = viewOf(destination);
  const groups = Array.from({ length: 8 }, (_, at) => view.getUint16(at * 2).toString(16));
  return compress(groups);
}

/** The longest run of two or more zero groups, of equal ones the first, as `::`: the form of RFC 5952. */
function compress(groups: readonly string[]): string {
  const text = groups.join(':');
  const runs = [...text.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)];
  const longest = runs.toSorted((a, b) => b[0].length - a[0].length)[0];
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, '');
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}

/** A response to a packet: its addresses swapped. */
export function reply(to: IpPacket, protocol: number, payload: Uint8Array): Uint8Array {
  const headerBytes = to.family === 4 ? 20 : 40;
  const bytes = new Uint8Array(headerBytes + payload.length);
  bytes.set(payload, headerBytes);
  const view = viewOf(bytes);
  if (to.family === 4) {
    view.setUint16(0, 0x4500);
    view.setUint16(2, bytes.length);
    view.setUint16(6, 0x4000);
    view.setUint16(8, (64 << 8) | protocol);
    bytes.set(to.destination, 12);
    bytes.set(to.source, 16);
    view.setUint16(10, checksum(bytes.subarray(0, 20), 0));
  } else {
    view.setUint32(0, 0x6000_0000);
    view.setUint16(4, payload.length);
    view.setUint16(6, (protocol << 8) | 64);
    bytes.set(to.destination, 8);
    bytes.set(to.source, 24);
  }
  seal(bytes, { headerBytes, protocol });
  return bytes;
}

const CHECKSUM_AT: Readonly<Record<number, number>> = { [TCP]: 16, [UDP]: 6, [ICMP]: 2, [ICMPV6]: 2 };

/** Sets the checksum of the payload. */
function seal(bytes: Uint8Array, { headerBytes, protocol }: { headerBytes: number; protocol: number }): void {
  const payload = bytes.subarray(headerBytes);
  const at = CHECKSUM_AT[protocol];
  if (at === undefined) throw new RangeError(`no checksum for protocol ${protocol}`);
  const addresses = headerBytes === 20 ? bytes.subarray(12, 20) : bytes.subarray(8, 40);
  const pseudo = protocol === ICMP ? 0 : sumOf(addresses) + protocol + payload.length;
  viewOf(payload).setUint16(at, 0);
  viewOf(payload).setUint16(at, checksum(payload, pseudo));
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return sum;
}

function checksum(bytes: Uint8Array, start: number): number {
  let sum = start + sumOf(bytes);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

const MAX_SEGMENT_OPTION = Uint8Array.of(2, 4, 0x05, 0xb4);

/** A TCP header, with the maximum segment size option in a SYN. */
export function writeTcp(segment: TcpSegment): Uint8Array {
  const options = (segment.flags & SYN) === 0 ? new Uint8Array(0) : MAX_SEGMENT_OPTION;
  const bytes = new Uint8Array(20 + options.length);
  const view = viewOf(bytes);
  view.setUint16(0, segment.sourcePort);
  view.setUint16(2, segment.destinationPort);
  view.setUint32(4, segment.sequence >>> 0);
  view.setUint32(8, segment.acknowledgement >>> 0);
  view.setUint16(12, ((bytes.length / 4) << 12) | segment.flags);
  view.setUint16(14, segment.window);
  bytes.set(options, 20);
  return bytes;
}
