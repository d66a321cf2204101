import type { Address, AddressFamily } from '#domain/addresses/address.js';
import type { Pointer } from '#net/native/libc/libc.js';
import { allocate, type NativeMemory } from '#net/native/libc/memory.js';

export const AF_INET = 2;
export const AF_INET6 = 10;
const IN_BYTES = 16;
const IN6_BYTES = 28;
const PORT_OFFSET = 2;
const IN_ADDRESS_OFFSET = 4;
const IN6_ADDRESS_OFFSET = 8;

/** Families as the kernel numbers them. */
export function familyNumber(family: AddressFamily): number {
  return family === 4 ? AF_INET : AF_INET6;
}

/** One `sockaddr_in` or `sockaddr_in6` in memory that calls may be given; overwritten by each `set`. */
export class SocketAddress {
  readonly #memory: NativeMemory = allocate(IN6_BYTES);

  get pointer(): Pointer {
    return this.#memory.pointer;
  }

  /** Returns its length in bytes. */
  set({ family, value }: Address, port: number): number {
    const { view } = this.#memory;
    // The family is in the machine's own order, port and address are in the network's.
    view.setUint16(0, familyNumber(family), true);
    view.setUint16(PORT_OFFSET, port);
    if (family === 4) {
      view.setUint32(IN_ADDRESS_OFFSET, Number(value));
      return IN_BYTES;
    }
    view.setUint32(4, 0);
    view.setBigUint64(IN6_ADDRESS_OFFSET, value >> 64n);
    view.setBigUint64(IN6_ADDRESS_OFFSET + 8, BigInt.asUintN(64, value));
    view.setUint32(24, 0);
    return IN6_BYTES;
  }

  /** Room for a call to write one into. */
  get byteLength(): number {
    return IN6_BYTES;
  }

  get port(): number {
    return this.#memory.view.getUint16(PORT_OFFSET);
  }

  get address(): Address {
    const address = readAddress(this.#memory.view);
    if (address === undefined) throw new RangeError('no address was set');
    return address;
  }

  free(): void {
    this.#memory.free();
  }
}

/** The address in a `sockaddr_in` or `sockaddr_in6`; undefined for any other. */
export function readAddress(view: DataView): Address | undefined {
  const family = view.getUint16(0, true);
  if (family === AF_INET) return { family: 4, value: BigInt(view.getUint32(IN_ADDRESS_OFFSET)) };
  if (family !== AF_INET6) return undefined;
  const high = view.getBigUint64(IN6_ADDRESS_OFFSET);
  return { family: 6, value: (high << 64n) | view.getBigUint64(IN6_ADDRESS_OFFSET + 8) };
}
