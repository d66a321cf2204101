import type { Address } from '#domain/addresses/address.js';

/** The 4 or 16 bytes of an address, as they stand in packets. */
export function bytesOfAddress({ family, value }: Address): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  const view = new DataView(bytes.buffer);
  if (family === 4) {
    view.setUint32(0, Number(value));
  } else {
    view.setBigUint64(0, value >> 64n);
    view.setBigUint64(8, value & 0xffff_ffff_ffff_ffffn);
  }
  return bytes;
}

/** Inverse of `bytesOfAddress`. Throws RangeError for any other number of bytes. */
export function addressOfBytes(bytes: Uint8Array): Address {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return { family: 4, value: BigInt(view.getUint32(0)) };
  if (bytes.length !== 16) throw new RangeError(`no address has ${bytes.length} bytes`);
  return { family: 6, value: (view.getBigUint64(0) << 64n) | view.getBigUint64(8) };
}
