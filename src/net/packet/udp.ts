import { viewOf } from '#net/packet/bytes.js';
import { type Endpoints, transportChecksum } from '#net/packet/checksum.js';
import { IP_PROTOCOL } from '#net/packet/ip-protocol.js';
import { type Decoded, PacketError } from '#net/packet/packet-error.js';

export const UDP_HEADER_BYTES = 8;

export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

export function decodeUdp(bytes: Uint8Array): Decoded<UdpDatagram> {
  if (bytes.length < UDP_HEADER_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(bytes);
  const length = view.getUint16(4);
  if (length < UDP_HEADER_BYTES) return new PacketError('bad-length', 4);
  if (length > bytes.length) return new PacketError('truncated', bytes.length);
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    payload: bytes.subarray(UDP_HEADER_BYTES, length),
  };
}

/** Throws RangeError for a payload that no datagram has room for. */
export function encodeUdp(datagram: UdpDatagram, ends: Endpoints): Uint8Array {
  const length = UDP_HEADER_BYTES + datagram.payload.length;
  if (length > 0xffff) throw new RangeError(`no UDP datagram of ${length} bytes`);
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  view.setUint16(0, datagram.sourcePort);
  view.setUint16(2, datagram.destinationPort);
  view.setUint16(4, length);
  bytes.set(datagram.payload, UDP_HEADER_BYTES);
  // A checksum of 0 would say that there is none.
  view.setUint16(6, transportChecksum(ends, IP_PROTOCOL.udp, bytes) || 0xffff);
  return bytes;
}
