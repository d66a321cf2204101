import { concatBytes, viewOf } from '#net/packet/bytes.js';
import { internetChecksum } from '#net/packet/checksum.js';
import { type Decoded, PacketError } from '#net/packet/packet-error.js';

const HEADER_BYTES = 8;
const TIMESTAMP_BYTES = 20;
const TYPE = {
  'echo-reply': 0,
  unreachable: 3,
  'echo-request': 8,
  'time-exceeded': 11,
  'timestamp-request': 13,
  'timestamp-reply': 14,
} as const;

/** What a router or host says is unreachable, by code: see RFC 792, 1122 and 1812. */
export const ICMP_UNREACHABLE = [
  'network',
  'host',
  'protocol',
  'port',
  'fragmentation-needed',
  'source-route-failed',
  'network-unknown',
  'host-unknown',
  'source-host-isolated',
  'network-prohibited',
  'host-prohibited',
  'network-service',
  'host-service',
  'communication-prohibited',
  'precedence-violation',
  'precedence-cutoff',
] as const;
export type IcmpUnreachable = (typeof ICMP_UNREACHABLE)[number];

export interface Echo {
  readonly kind: 'echo-request' | 'echo-reply';
  readonly identifier: number;
  readonly sequence: number;
  readonly data: Uint8Array;
}

/** Times are milliseconds since midnight UTC, or with the highest bit set whatever the host counts in. */
export interface IcmpTimestamp {
  readonly kind: 'timestamp-request' | 'timestamp-reply';
  readonly identifier: number;
  readonly sequence: number;
  readonly originateMs: number;
  readonly receiveMs: number;
  readonly transmitMs: number;
}

export type IcmpMessage =
  | Echo
  | IcmpTimestamp
  | {
      readonly kind: 'unreachable';
      readonly what: IcmpUnreachable;
      /** Of the next hop, with `fragmentation-needed`; otherwise 0. */
      readonly mtuBytes: number;
      /** The beginning of the packet that it is about; `decodeQuote` reads it. */
      readonly quote: Uint8Array;
    }
  | {
      readonly kind: 'time-exceeded';
      readonly isReassembly: boolean;
      readonly quote: Uint8Array;
    }
  | { readonly kind: 'other'; readonly type: number; readonly code: number; readonly rest: Uint8Array };

/** The checksum is not looked at: the kernel has done so before it hands a message over. */
export function decodeIcmp(bytes: Uint8Array): Decoded<IcmpMessage> {
  if (bytes.length < HEADER_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(bytes);
  const [type = 0, code = 0] = bytes;
  const quote = bytes.subarray(HEADER_BYTES);
  switch (type) {
    case TYPE['echo-request']:
    case TYPE['echo-reply']:
      return code === 0 ? decodeEcho(bytes, type === TYPE['echo-reply']) : other(bytes);
    case TYPE['timestamp-request']:
    case TYPE['timestamp-reply']:
      return code === 0 ? decodeTimestamp(bytes) : other(bytes);
    case TYPE.unreachable: {
      const what = ICMP_UNREACHABLE[code];
      return what === undefined
        ? other(bytes)
        : { kind: 'unreachable', what, mtuBytes: view.getUint16(6), quote };
    }
    case TYPE['time-exceeded']:
      return code > 1 ? other(bytes) : { kind: 'time-exceeded', isReassembly: code === 1, quote };
    default:
      return other(bytes);
  }
}

/** The caller has made sure that there are 8 bytes. */
export function decodeEcho(bytes: Uint8Array, isReply: boolean): Echo {
  const view = viewOf(bytes);
  return {
    kind: isReply ? 'echo-reply' : 'echo-request',
    identifier: view.getUint16(4),
    sequence: view.getUint16(6),
    data: bytes.subarray(HEADER_BYTES),
  };
}

function decodeTimestamp(bytes: Uint8Array): Decoded<IcmpTimestamp> {
  if (bytes.length < TIMESTAMP_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(bytes);
  return {
    kind: bytes[0] === TYPE['timestamp-reply'] ? 'timestamp-reply' : 'timestamp-request',
    identifier: view.getUint16(4),
    sequence: view.getUint16(6),
    originateMs: view.getUint32(8),
    receiveMs: view.getUint32(12),
    transmitMs: view.getUint32(16),
  };
}

function other(bytes: Uint8Array): IcmpMessage {
  return { kind: 'other', type: bytes[0] ?? 0, code: bytes[1] ?? 0, rest: bytes.subarray(4) };
}

export function encodeIcmp(message: IcmpMessage): Uint8Array {
  const bytes = concatBytes([Uint8Array.of(...typeAndCode(message), 0, 0), restOf(message)]);
  viewOf(bytes).setUint16(2, internetChecksum(bytes));
  return bytes;
}

function typeAndCode(message: IcmpMessage): readonly [number, number] {
  switch (message.kind) {
    case 'other':
      return [message.type, message.code];
    case 'unreachable':
      return [TYPE.unreachable, ICMP_UNREACHABLE.indexOf(message.what)];
    case 'time-exceeded':
      return [TYPE['time-exceeded'], message.isReassembly ? 1 : 0];
    default:
      return [TYPE[message.kind], 0];
  }
}

/** Everything behind the checksum. */
function restOf(message: IcmpMessage): Uint8Array {
  switch (message.kind) {
    case 'other':
      return message.rest;
    case 'unreachable':
      return concatBytes([
        Uint8Array.of(0, 0, message.mtuBytes >> 8, message.mtuBytes & 0xff),
        message.quote,
      ]);
    case 'time-exceeded':
      return concatBytes([new Uint8Array(4), message.quote]);
    case 'echo-request':
    case 'echo-reply':
      return echoRest(message);
    default:
      return timestampRest(message);
  }
}

export function echoRest({ identifier, sequence, data }: Echo): Uint8Array {
  return concatBytes([
    Uint8Array.of(identifier >> 8, identifier & 0xff, sequence >> 8, sequence & 0xff),
    data,
  ]);
}

function timestampRest(message: IcmpTimestamp): Uint8Array {
  const rest = new Uint8Array(TIMESTAMP_BYTES - 4);
  const view = viewOf(rest);
  view.setUint16(0, message.identifier);
  view.setUint16(2, message.sequence);
  view.setUint32(4, message.originateMs);
  view.setUint32(8, message.receiveMs);
  view.setUint32(12, message.transmitMs);
  return rest;
}
