import type { Address } from '#domain/addresses/address.js';
import { addressBytes, viewOf } from '#net/packet/bytes.js';

/**
 * Ones' complement sum of the 16-bit words, not yet inverted, so that parts can be added up; an odd last byte
 * counts as the high half of a word. All parts but the last must have an even length.
 */
export function sumWords(bytes: Uint8Array, start = 0): number {
  const view = viewOf(bytes);
  const evenEnd = bytes.length & ~1;
  let sum = start;
  // 65,535 bytes of all ones sum to 2^31, far from where numbers lose bits: folding once at the end is enough.
  for (let at = 0; at < evenEnd; at += 2) sum += view.getUint16(at);
  if (evenEnd < bytes.length) sum += (bytes[evenEnd] ?? 0) << 8;
  return fold(sum);
}

/** The Internet checksum of the bytes; 0 when a right checksum is among them. */
export function internetChecksum(bytes: Uint8Array, start = 0): number {
  return ~sumWords(bytes, start) & 0xffff;
}

/** The two ends of a packet, which checksums above IP take in without carrying them. */
export interface Endpoints {
  readonly source: Address;
  readonly destination: Address;
}

/** Checksum of a whole TCP, UDP or ICMPv6 message with the pseudo header of its family before it. */
export function transportChecksum(ends: Endpoints, protocol: number, message: Uint8Array): number {
  const sum =
    sumWords(addressBytes(ends.source)) +
    sumWords(addressBytes(ends.destination)) +
    protocol +
    (message.length >>> 16) +
    (message.length & 0xffff);
  return internetChecksum(message, sum);
}

/** The checksum after one 16-bit word of what it covers changed (RFC 1624). */
export function updatedChecksum(checksum: number, oldWord: number, newWord: number): number {
  return ~fold((~checksum & 0xffff) + (~oldWord & 0xffff) + newWord) & 0xffff;
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return folded;
}
