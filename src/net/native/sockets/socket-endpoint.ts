import type { Address, AddressFamily } from '#domain/addresses/address.js';

export const AF_INET = 2;
export const AF_INET6 = 10;
const AF_PACKET = 17;

/** Big enough for every kind of socket address. */
export const SOCKET_ADDRESS_BYTES = 128;

export interface Endpoint {
  readonly address: Address;
  readonly port: number;
  /** Index of the interface, for link-local and multicast IPv6; 0 leaves it to the routes. */
  readonly scope?: number;
}

/** Writes a sockaddr_in or sockaddr_in6 and gives its length. The family and the scope are in the order of the machine. */
export function writeEndpoint(view: DataView, { address, port, scope = 0 }: Endpoint): number {
  view.setUint16(2, port);
  if (address.family === 4) {
    view.setUint16(0, AF_INET, true);
    view.setUint32(4, Number(address.value));
    view.setBigUint64(8, 0n);
    return 16;
  }
  view.setUint16(0, AF_INET6, true);
  view.setUint32(4, 0);
  view.setBigUint64(8, address.value >> 64n);
  view.setBigUint64(16, address.value & 0xffff_ffff_ffff_ffffn);
  view.setUint32(24, scope, true);
  return 28;
}

/** `undefined` for an address of another kind. */
export function readEndpoint(view: DataView): Endpoint | undefined {
  const port = view.getUint16(2);
  switch (view.getUint16(0, true)) {
    case AF_INET:
      return { address: { family: 4, value: BigInt(view.getUint32(4)) }, port };
    case AF_INET6: {
      const value = (view.getBigUint64(8) << 64n) | view.getBigUint64(16);
      return { address: { family: 6, value }, port, scope: view.getUint32(24, true) };
    }
    default:
      return undefined;
  }
}

export function socketFamily(family: AddressFamily): number {
  return family === 4 ? AF_INET : AF_INET6;
}

export interface LinkEndpoint {
  readonly interfaceIndex: number;
  readonly etherType: number;
  /** Six bytes; absent where an interface is bound to. */
  readonly mac?: Uint8Array;
}

/** Writes a sockaddr_ll and gives its length. */
export function writeLinkEndpoint(view: DataView, { interfaceIndex, etherType, mac }: LinkEndpoint): number {
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, etherType);
  view.setInt32(4, interfaceIndex, true);
  view.setUint32(8, 0);
  view.setUint8(11, mac?.length ?? 0);
  for (let at = 0; at < 8; at++) view.setUint8(12 + at, mac?.[at] ?? 0);
  return 20;
}
