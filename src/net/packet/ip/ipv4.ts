import type { Address } from '#domain/addresses/address.js';
import { addressBytes, readIpv4Address, viewOf } from '#net/packet/bytes.js';
import { internetChecksum } from '#net/packet/checksum.js';
import { type Decoded, PacketError } from '#net/packet/packet-error.js';

export const MIN_IPV4_HEADER_BYTES = 20;
const MAX_OPTION_BYTES = 40;
const MAX_PACKET_BYTES = 65_535;

export interface Ipv4Packet {
  readonly source: Address;
  readonly destination: Address;
  /** See `IP_PROTOCOL`. */
  readonly protocol: number;
  readonly ttl: number;
  /** The byte of service class and congestion bits. */
  readonly trafficClass: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** Where the payload belongs in the whole packet, in bytes, a multiple of 8. */
  readonly fragmentOffset: number;
  /** As they are, padding included: a multiple of 4 bytes, 40 at most. */
  readonly options: Uint8Array;
  /** Without the padding of a short frame. */
  readonly payload: Uint8Array;
}

/** A fragment that is not the first has no header of the protocol above it. */
export function isLaterFragment(packet: Pick<Ipv4Packet, 'fragmentOffset'>): boolean {
  return packet.fragmentOffset > 0;
}

export interface IpDecoding {
  /** The bytes are the beginning of a packet, as an ICMP error quotes it: the payload may end early. */
  readonly isQuote?: boolean;
}

/** The header checksum is not looked at: with offloading it is not filled in where packets are captured. */
export function decodeIpv4(bytes: Uint8Array, { isQuote = false }: IpDecoding = {}): Decoded<Ipv4Packet> {
  if (bytes.length < MIN_IPV4_HEADER_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(bytes);
  const first = bytes[0] ?? 0;
  if (first >> 4 !== 4) return new PacketError('bad-version', 0);
  const headerBytes = (first & 0xf) * 4;
  if (headerBytes < MIN_IPV4_HEADER_BYTES) return new PacketError('bad-length', 0);
  if (headerBytes > bytes.length) return new PacketError('truncated', bytes.length);
  const totalBytes = view.getUint16(2);
  if (totalBytes < headerBytes) return new PacketError('bad-length', 2);
  if (totalBytes > bytes.length && !isQuote) return new PacketError('truncated', bytes.length);
  const fragment = view.getUint16(6);
  return {
    source: readIpv4Address(view, 12),
    destination: readIpv4Address(view, 16),
    protocol: bytes[9] ?? 0,
    ttl: bytes[8] ?? 0,
    trafficClass: bytes[1] ?? 0,
    identification: view.getUint16(4),
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    options: bytes.subarray(MIN_IPV4_HEADER_BYTES, headerBytes),
    payload: bytes.subarray(headerBytes, totalBytes),
  };
}

/** Throws RangeError for options or a payload that no packet has room for. */
export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const { options, payload } = packet;
  if (options.length % 4 !== 0 || options.length > MAX_OPTION_BYTES) {
    throw new RangeError(`no room for ${options.length} bytes of IPv4 options`);
  }
  const headerBytes = MIN_IPV4_HEADER_BYTES + options.length;
  const totalBytes = headerBytes + payload.length;
  if (totalBytes > MAX_PACKET_BYTES) throw new RangeError(`no IPv4 packet of ${totalBytes} bytes`);
  const bytes = new Uint8Array(totalBytes);
  const view = viewOf(bytes);
  bytes[0] = 0x40 | (headerBytes / 4);
  bytes[1] = packet.trafficClass;
  view.setUint16(2, totalBytes);
  view.setUint16(4, packet.identification);
  const flags = (packet.dontFragment ? 0x4000 : 0) | (packet.moreFragments ? 0x2000 : 0);
  view.setUint16(6, flags | (packet.fragmentOffset / 8));
  bytes[8] = packet.ttl;
  bytes[9] = packet.protocol;
  bytes.set(addressBytes(packet.source), 12);
  bytes.set(addressBytes(packet.destination), 16);
  bytes.set(options, MIN_IPV4_HEADER_BYTES);
  view.setUint16(10, internetChecksum(bytes.subarray(0, headerBytes)));
  bytes.set(payload, headerBytes);
  return bytes;
}
