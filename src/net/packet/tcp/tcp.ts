import { viewOf } from '#net/packet/bytes.js';
import { type Endpoints, transportChecksum } from '#net/packet/checksum.js';
import { IP_PROTOCOL } from '#net/packet/ip-protocol.js';
import { type Decoded, PacketError } from '#net/packet/packet-error.js';

export const MIN_TCP_HEADER_BYTES = 20;
export const MAX_TCP_OPTION_BYTES = 40;

/** Bits of the flags field. */
export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** Any of `TCP_FLAG` added up. */
  readonly flags: number;
  readonly window: number;
  readonly urgentPointer: number;
  /** As they are, padding included: a multiple of 4 bytes, 40 at most. `decodeTcpOptions` reads them. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

export function decodeTcp(bytes: Uint8Array): Decoded<TcpSegment> {
  if (bytes.length < MIN_TCP_HEADER_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(bytes);
  const headerBytes = ((bytes[12] ?? 0) >> 4) * 4;
  if (headerBytes < MIN_TCP_HEADER_BYTES) return new PacketError('bad-length', 12);
  if (headerBytes > bytes.length) return new PacketError('truncated', bytes.length);
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    sequence: view.getUint32(4),
    acknowledgement: view.getUint32(8),
    flags: bytes[13] ?? 0,
    window: view.getUint16(14),
    urgentPointer: view.getUint16(18),
    options: bytes.subarray(MIN_TCP_HEADER_BYTES, headerBytes),
    payload: bytes.subarray(headerBytes),
  };
}

/** Throws RangeError for options that the header has no room for. Without `ends` the checksum is left to the kernel. */
export function encodeTcp(segment: TcpSegment, ends?: Endpoints): Uint8Array {
  const { options, payload } = segment;
  if (options.length % 4 !== 0 || options.length > MAX_TCP_OPTION_BYTES) {
    throw new RangeError(`no room for ${options.length} bytes of TCP options`);
  }
  const headerBytes = MIN_TCP_HEADER_BYTES + options.length;
  const bytes = new Uint8Array(headerBytes + payload.length);
  const view = viewOf(bytes);
  view.setUint16(0, segment.sourcePort);
  view.setUint16(2, segment.destinationPort);
  view.setUint32(4, segment.sequence);
  view.setUint32(8, segment.acknowledgement);
  bytes[12] = (headerBytes / 4) << 4;
  bytes[13] = segment.flags;
  view.setUint16(14, segment.window);
  view.setUint16(18, segment.urgentPointer);
  bytes.set(options, MIN_TCP_HEADER_BYTES);
  bytes.set(payload, headerBytes);
  if (ends !== undefined) view.setUint16(16, transportChecksum(ends, IP_PROTOCOL.tcp, bytes));
  return bytes;
}
