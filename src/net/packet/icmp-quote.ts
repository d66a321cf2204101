import type { AddressFamily } from '#domain/addresses/address.js';
import { viewOf } from '#net/packet/bytes.js';
import type { Endpoints } from '#net/packet/checksum.js';
import { decodeIpv4, isLaterFragment } from '#net/packet/ip/ipv4.js';
import { decodeIpv6, fragmentOf } from '#net/packet/ip/ipv6.js';
import { IP_PROTOCOL } from '#net/packet/ip-protocol.js';
import { type Decoded, isPacketError, PacketError } from '#net/packet/packet-error.js';

/** Of the header above IP, an ICMP error is sure to quote so much. */
const QUOTED_TRANSPORT_BYTES = 8;
const ECHO_REQUEST_TYPES: readonly number[] = [8, 13, 128];

/** Our packet that an ICMP error is about, as far as the error must quote it. */
export type Quote = Endpoints & { readonly protocol: number } & (
    | {
        readonly kind: 'ports';
        readonly sourcePort: number;
        readonly destinationPort: number;
        /** Of TCP; absent for UDP. */
        readonly sequence?: number;
      }
    | { readonly kind: 'echo'; readonly identifier: number; readonly sequence: number }
    | { readonly kind: 'other' }
  );

export function decodeQuote(bytes: Uint8Array, family: AddressFamily): Decoded<Quote> {
  const packet = family === 4 ? decodeIpv4(bytes, { isQuote: true }) : decodeIpv6(bytes, { isQuote: true });
  if (isPacketError(packet)) return packet;
  const { source, destination, protocol, payload } = packet;
  const isLater =
    'fragmentOffset' in packet ? isLaterFragment(packet) : (fragmentOf(packet)?.offset ?? 0) > 0;
  const base = { source, destination, protocol };
  const hasPorts = protocol === IP_PROTOCOL.tcp || protocol === IP_PROTOCOL.udp;
  const mayBeEcho = protocol === (family === 4 ? IP_PROTOCOL.icmp : IP_PROTOCOL.icmpv6);
  if (isLater || (!hasPorts && !mayBeEcho)) return { ...base, kind: 'other' };
  if (payload.length < QUOTED_TRANSPORT_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(payload);
  if (hasPorts) {
    const ports = { sourcePort: view.getUint16(0), destinationPort: view.getUint16(2) };
    const isTcp = protocol === IP_PROTOCOL.tcp;
    return { ...base, kind: 'ports', ...ports, ...(isTcp ? { sequence: view.getUint32(4) } : {}) };
  }
  if (!ECHO_REQUEST_TYPES.includes(payload[0] ?? 0)) return { ...base, kind: 'other' };
  return { ...base, kind: 'echo', identifier: view.getUint16(4), sequence: view.getUint16(6) };
}
