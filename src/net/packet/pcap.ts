import { concatBytes, viewOf } from '#net/packet/bytes.js';
import { type Decoded, PacketError } from '#net/packet/packet-error.js';

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MICROSECONDS = 0xa1b2_c3d4;
const NANOSECONDS = 0xa1b2_3c4d;
/** What tcpdump writes for captures of Ethernet, loopback among them. */
export const LINK_TYPE_ETHERNET = 1;
export const MAX_CAPTURED_BYTES = 262_144;

export interface CapturedPacket {
  /** Microseconds since 1970-01-01 UTC. */
  readonly atMicroseconds: number;
  readonly bytes: Uint8Array;
  /** How long it was on the wire, if less was kept. */
  readonly wireBytes: number;
}

export interface Capture {
  readonly linkType: number;
  readonly packets: readonly CapturedPacket[];
  /** The file ends within a packet, as when the capture was killed; the packets before it are whole. */
  readonly isCutOff: boolean;
}

/** A capture in the classic format that `tcpdump -w` writes, of either byte order. */
export function decodePcap(bytes: Uint8Array): Decoded<Capture> {
  if (bytes.length < FILE_HEADER_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(bytes);
  const isLittle = [MICROSECONDS, NANOSECONDS].includes(view.getUint32(0, true));
  const magic = view.getUint32(0, isLittle);
  if (magic !== MICROSECONDS && magic !== NANOSECONDS) return new PacketError('bad-version', 0);
  const perMicrosecond = magic === NANOSECONDS ? 1_000 : 1;
  const packets: CapturedPacket[] = [];
  let at = FILE_HEADER_BYTES;
  while (at + RECORD_HEADER_BYTES <= bytes.length) {
    const kept = view.getUint32(at + 8, isLittle);
    if (kept > MAX_CAPTURED_BYTES) return new PacketError('bad-length', at + 8);
    const start = at + RECORD_HEADER_BYTES;
    if (start + kept > bytes.length) break;
    packets.push({
      atMicroseconds:
        view.getUint32(at, isLittle) * 1e6 + Math.floor(view.getUint32(at + 4, isLittle) / perMicrosecond),
      bytes: bytes.subarray(start, start + kept),
      wireBytes: view.getUint32(at + 12, isLittle),
    });
    at = start + kept;
  }
  return { linkType: view.getUint32(20, isLittle) & 0xffff, packets, isCutOff: at < bytes.length };
}

export function encodePcap(capture: Pick<Capture, 'linkType' | 'packets'>): Uint8Array {
  const header = new Uint8Array(FILE_HEADER_BYTES);
  const view = viewOf(header);
  view.setUint32(0, MICROSECONDS);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, MAX_CAPTURED_BYTES);
  view.setUint32(20, capture.linkType);
  return concatBytes([header, ...capture.packets.flatMap((packet) => [recordHeader(packet), packet.bytes])]);
}

function recordHeader({ atMicroseconds, bytes, wireBytes }: CapturedPacket): Uint8Array {
  const header = new Uint8Array(RECORD_HEADER_BYTES);
  const view = viewOf(header);
  view.setUint32(0, Math.floor(atMicroseconds / 1e6));
  view.setUint32(4, atMicroseconds % 1e6);
  view.setUint32(8, bytes.length);
  view.setUint32(12, wireBytes);
  return header;
}
