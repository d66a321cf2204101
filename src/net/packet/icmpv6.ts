import type { Address } from '#domain/addresses/address.js';
import { addressBytes, concatBytes, readIpv6Address, viewOf } from '#net/packet/bytes.js';
import { type Endpoints, transportChecksum } from '#net/packet/checksum.js';
import { decodeEcho, type Echo, echoRest } from '#net/packet/icmp.js';
import { IP_PROTOCOL } from '#net/packet/ip-protocol.js';
import { MAC_BYTES, type MacAddress, macBytes, readMac } from '#net/packet/mac-address.js';
import { type Decoded, PacketError } from '#net/packet/packet-error.js';

const HEADER_BYTES = 8;
const NEIGHBOR_BYTES = 24;
export const ICMPV6_TYPE = {
  unreachable: 1,
  'time-exceeded': 3,
  'echo-request': 128,
  'echo-reply': 129,
  'neighbor-solicitation': 135,
  'neighbor-advertisement': 136,
} as const;
const SOURCE_LINK_LAYER = 1;
const TARGET_LINK_LAYER = 2;

/** What is unreachable, by code: see RFC 4443. */
export const ICMPV6_UNREACHABLE = [
  'no-route',
  'prohibited',
  'beyond-scope',
  'address',
  'port',
  'source-policy',
  'reject-route',
  'source-route-error',
] as const;
export type Icmpv6Unreachable = (typeof ICMPV6_UNREACHABLE)[number];

export interface NeighborSolicitation {
  readonly kind: 'neighbor-solicitation';
  readonly target: Address;
  /** Of who asks; absent where an address is tried out. */
  readonly sourceMac?: MacAddress;
}

export interface NeighborAdvertisement {
  readonly kind: 'neighbor-advertisement';
  readonly target: Address;
  readonly isRouter: boolean;
  readonly isSolicited: boolean;
  readonly isOverride: boolean;
  readonly targetMac?: MacAddress;
}

export type Icmpv6Message =
  | Echo
  | NeighborSolicitation
  | NeighborAdvertisement
  | {
      readonly kind: 'unreachable';
      readonly what: Icmpv6Unreachable;
      /** The beginning of the packet that it is about; `decodeQuote` reads it. */
      readonly quote: Uint8Array;
    }
  | { readonly kind: 'time-exceeded'; readonly isReassembly: boolean; readonly quote: Uint8Array }
  | { readonly kind: 'other'; readonly type: number; readonly code: number; readonly rest: Uint8Array };

/** The checksum is not looked at: the kernel has done so before it hands a message over. */
export function decodeIcmpv6(bytes: Uint8Array): Decoded<Icmpv6Message> {
  if (bytes.length < HEADER_BYTES) return new PacketError('truncated', bytes.length);
  const [type = 0, code = 0] = bytes;
  const quote = bytes.subarray(HEADER_BYTES);
  switch (type) {
    case ICMPV6_TYPE['echo-request']:
    case ICMPV6_TYPE['echo-reply']:
      return code === 0 ? decodeEcho(bytes, type === ICMPV6_TYPE['echo-reply']) : other(bytes);
    case ICMPV6_TYPE['neighbor-solicitation']:
    case ICMPV6_TYPE['neighbor-advertisement']:
      return code === 0 ? decodeNeighbor(bytes) : other(bytes);
    case ICMPV6_TYPE.unreachable: {
      const what = ICMPV6_UNREACHABLE[code];
      return what === undefined ? other(bytes) : { kind: 'unreachable', what, quote };
    }
    case ICMPV6_TYPE['time-exceeded']:
      return code > 1 ? other(bytes) : { kind: 'time-exceeded', isReassembly: code === 1, quote };
    default:
      return other(bytes);
  }
}

function decodeNeighbor(bytes: Uint8Array): Decoded<NeighborSolicitation | NeighborAdvertisement> {
  if (bytes.length < NEIGHBOR_BYTES) return new PacketError('truncated', bytes.length);
  const isAdvertisement = bytes[0] === ICMPV6_TYPE['neighbor-advertisement'];
  const target = readIpv6Address(viewOf(bytes), 8);
  const mac = linkLayerOption(bytes, isAdvertisement ? TARGET_LINK_LAYER : SOURCE_LINK_LAYER);
  if (mac instanceof PacketError) return mac;
  if (!isAdvertisement) {
    return { kind: 'neighbor-solicitation', target, ...(mac === undefined ? {} : { sourceMac: mac }) };
  }
  const flags = bytes[4] ?? 0;
  return {
    kind: 'neighbor-advertisement',
    target,
    isRouter: (flags & 0x80) !== 0,
    isSolicited: (flags & 0x40) !== 0,
    isOverride: (flags & 0x20) !== 0,
    ...(mac === undefined ? {} : { targetMac: mac }),
  };
}

/** The first link-layer address of the kind asked for; every option has to be well formed, as RFC 4861 demands. */
function linkLayerOption(bytes: Uint8Array, kind: number): Decoded<MacAddress | undefined> {
  let mac: MacAddress | undefined;
  for (let at = NEIGHBOR_BYTES; at < bytes.length; ) {
    if (at + 2 > bytes.length) return new PacketError('truncated', bytes.length);
    const length = (bytes[at + 1] ?? 0) * 8;
    if (length === 0) return new PacketError('bad-option', at + 1);
    if (at + length > bytes.length) return new PacketError('truncated', bytes.length);
    if (bytes[at] === kind && length === 2 + MAC_BYTES) mac ??= readMac(bytes, at + 2);
    at += length;
  }
  return mac;
}

function other(bytes: Uint8Array): Icmpv6Message {
  return { kind: 'other', type: bytes[0] ?? 0, code: bytes[1] ?? 0, rest: bytes.subarray(4) };
}

/** Without `ends` the checksum is left to the kernel. */
export function encodeIcmpv6(message: Icmpv6Message, ends?: Endpoints): Uint8Array {
  const bytes = concatBytes([Uint8Array.of(...typeAndCode(message), 0, 0), restOf(message)]);
  if (ends !== undefined) {
    viewOf(bytes).setUint16(2, transportChecksum(ends, IP_PROTOCOL.icmpv6, bytes));
  }
  return bytes;
}

function typeAndCode(message: Icmpv6Message): readonly [number, number] {
  switch (message.kind) {
    case 'other':
      return [message.type, message.code];
    case 'unreachable':
      return [ICMPV6_TYPE.unreachable, ICMPV6_UNREACHABLE.indexOf(message.what)];
    case 'time-exceeded':
      return [ICMPV6_TYPE['time-exceeded'], message.isReassembly ? 1 : 0];
    default:
      return [ICMPV6_TYPE[message.kind], 0];
  }
}

/** Everything behind the checksum. */
function restOf(message: Icmpv6Message): Uint8Array {
  switch (message.kind) {
    case 'other':
      return message.rest;
    case 'unreachable':
    case 'time-exceeded':
      return concatBytes([new Uint8Array(4), message.quote]);
    case 'echo-request':
    case 'echo-reply':
      return echoRest(message);
    case 'neighbor-solicitation':
      return neighborRest(0, message.target, linkLayerBytes(SOURCE_LINK_LAYER, message.sourceMac));
    default:
      return neighborRest(
        (message.isRouter ? 0x80 : 0) | (message.isSolicited ? 0x40 : 0) | (message.isOverride ? 0x20 : 0),
        message.target,
        linkLayerBytes(TARGET_LINK_LAYER, message.targetMac),
      );
  }
}

function neighborRest(flags: number, target: Address, option: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(flags, 0, 0, 0), addressBytes(target), option]);
}

function linkLayerBytes(kind: number, mac: MacAddress | undefined): Uint8Array {
  return mac === undefined ? new Uint8Array() : concatBytes([Uint8Array.of(kind, 1), macBytes(mac)]);
}
