import type { Address } from '#domain/addresses/address.js';

/** Big-endian access to the very bytes given, wherever they lie in their buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The caller has made sure that the 4 bytes are there. */
export function readIpv4Address(view: DataView, offset: number): Address {
  return { family: 4, value: BigInt(view.getUint32(offset)) };
}

/** The caller has made sure that the 16 bytes are there. */
export function readIpv6Address(view: DataView, offset: number): Address {
  return { family: 6, value: (view.getBigUint64(offset) << 64n) | view.getBigUint64(offset + 8) };
}

/** 4 or 16 bytes, by family. */
export function addressBytes({ family, value }: Address): Uint8Array {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  const view = viewOf(bytes);
  if (family === 4) {
    view.setUint32(0, Number(value));
  } else {
    view.setBigUint64(0, value >> 64n);
    view.setBigUint64(8, value & 0xffff_ffff_ffff_ffffn);
  }
  return bytes;
}
