import type { Address } from '#domain/addresses/address.js';
import { addressOfBytes, bytesOfAddress } from '#domain/addresses/address-bytes.js';
import { NativeCallError } from '#net/native/libc/native-call-error.js';
import { attributesOf, Netlink } from '#net/native/links/netlink.js';

const RTM_GETLINK = 18;
const RTM_GETROUTE = 26;
const RTM_GETNEIGH = 30;
const AF_INET = 2;
const AF_INET6 = 10;
const LINK_FIXED_BYTES = 16;
const ROUTE_FIXED_BYTES = 12;
const NEIGHBOR_FIXED_BYTES = 12;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFF_UP = 0x1;
/** The carrier is there: without it the kernel takes packets, and throws them away without a word. */
const IFF_LOWER_UP = 0x1_0000;
const UP_FLAGS = IFF_UP | IFF_LOWER_UP;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PREFSRC = 7;
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;
const NDA_DST = 1;
const NDA_LLADDR = 2;
/** Reachable, in delay, being probed, or set by hand; a stale entry may name a device that is gone. */
const TRUSTED_NEIGHBOR = 0x02 | 0x08 | 0x10 | 0x80;
const STALE_NEIGHBOR = 0x04;
const NOTHING_PROBED = 0x40;

export interface Link {
  readonly index: number;
  readonly name: string;
  /** The kernel's ARPHRD number; `linkFormOf` says what it means. */
  readonly kind: number;
  /** Six bytes on Ethernet. */
  readonly hardwareAddress: Uint8Array;
  /** Switched on, and with something at its other end: what is sent through it leaves this machine. */
  readonly isUp: boolean;
}

export interface Route {
  readonly interfaceIndex: number;
  /** Absent on-link. */
  readonly gateway: Address | undefined;
  readonly source: Address;
  /** One of this machine's own addresses. */
  readonly isLocal: boolean;
}

/** `at-all`: those too that nobody has to ask where they are, on a link without such questions. */
export type Received = 'lately' | 'ever' | 'at-all';

/** What the kernel knows of the way to an address. */
export interface Routes {
  /** Undefined where no route leads. Throws NativeCallError when the kernel does not answer. */
  route(address: Address): Route | undefined;
  link(interfaceIndex: number): Link | undefined;
  /** Neighbors of one interface that were heard `lately`, `ever` or `at-all`, by the value of their address. */
  neighbors(interfaceIndex: number, family: 4 | 6, received: Received): ReadonlyMap<bigint, Uint8Array>;
  close(): void;
}

const STATES: Readonly<Record<Received, number>> = {
  lately: TRUSTED_NEIGHBOR,
  ever: TRUSTED_NEIGHBOR | STALE_NEIGHBOR,
  'at-all': TRUSTED_NEIGHBOR | STALE_NEIGHBOR | NOTHING_PROBED,
};

/** Throws NativeCallError. */
export function openRoutes(): Routes {
  const netlink = new Netlink();
  return {
    route: (address) => queryRoute(netlink, address),
    link: (interfaceIndex) => queryLink(netlink, interfaceIndex),
    neighbors: (interfaceIndex, family, received) => {
      return probeNeighbors(netlink, { interfaceIndex, family, states: STATES[received] });
    },
    close: () => netlink.close(),
  };
}

const NO_ROUTE = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL', 'ESRCH']);

function queryRoute(netlink: Netlink, address: Address): Route | undefined {
  const destination = bytesOfAddress(address);
  const fixed = new Uint8Array(ROUTE_FIXED_BYTES);
  fixed[0] = address.family === 4 ? AF_INET : AF_INET6;
  fixed[1] = destination.length * 8;
  try {
    const answers = netlink.probe({
      type: RTM_GETROUTE,
      fixed,
      attributes: new Map([[RTA_DST, destination]]),
    });
    for (const answer of answers) {
      const type = answer.payload.getUint8(7);
      const attributes = attributesOf(answer, ROUTE_FIXED_BYTES);
      const oif = attributes.get(RTA_OIF);
      const source = attributes.get(RTA_PREFSRC);
      if (oif === undefined || source === undefined) continue;
      if (type !== RTN_UNICAST && type !== RTN_LOCAL) continue;
      const gateway = attributes.get(RTA_GATEWAY);
      return {
        interfaceIndex: new DataView(oif.buffer).getUint32(0, true),
        gateway: gateway === undefined ? undefined : addressOfBytes(gateway),
        source: addressOfBytes(source),
        isLocal: type === RTN_LOCAL,
      };
    }
  } catch (error) {
    if (!(error instanceof NativeCallError) || !NO_ROUTE.has(error.code)) throw error;
  }
  return undefined;
}

function queryLink(netlink: Netlink, index: number): Link | undefined {
  const fixed = new Uint8Array(LINK_FIXED_BYTES);
  new DataView(fixed.buffer).setInt32(4, index, true);
  try {
    for (const answer of netlink.probe({ type: RTM_GETLINK, fixed })) {
      const attributes = attributesOf(answer, LINK_FIXED_BYTES);
      return {
        index,
        name: new TextDecoder().decode(attributes.get(IFLA_IFNAME) ?? new Uint8Array()).replace(/\0.*$/s, ''),
        kind: answer.payload.getUint16(2, true),
        hardwareAddress: attributes.get(IFLA_ADDRESS) ?? new Uint8Array(),
        isUp: (answer.payload.getUint32(8, true) & UP_FLAGS) === UP_FLAGS,
      };
    }
  } catch (error) {
    if (!(error instanceof NativeCallError) || error.code !== 'ENODEV') throw error;
  }
  return undefined;
}

interface NeighborQuestion {
  readonly interfaceIndex: number;
  readonly family: 4 | 6;
  /** What of the kernel's states will do. */
  readonly states: number;
}

function probeNeighbors(
  netlink: Netlink,
  { interfaceIndex, family, states }: NeighborQuestion,
): Map<bigint, Uint8Array> {
  const fixed = new Uint8Array(NEIGHBOR_FIXED_BYTES);
  fixed[0] = family === 4 ? AF_INET : AF_INET6;
  const known = new Map<bigint, Uint8Array>();
  for (const answer of netlink.probe({ type: RTM_GETNEIGH, isDump: true, fixed })) {
    if (answer.payload.getInt32(4, true) !== interfaceIndex) continue;
    if ((answer.payload.getUint16(8, true) & states) === 0) continue;
    const attributes = attributesOf(answer, NEIGHBOR_FIXED_BYTES);
    const address = attributes.get(NDA_DST);
    const hardware = attributes.get(NDA_LLADDR);
    if (address !== undefined && hardware?.length === 6) known.set(addressOfBytes(address).value, hardware);
  }
  return known;
}
