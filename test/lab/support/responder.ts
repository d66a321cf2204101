// Stands in for the hosts of the `odd` place, which no kernel can simulate: reads the packets of a TUN device and responds
// as truth.ts defines. Keeps no state except responses that are not due yet. Prints `ready`, and runs until it is ended.
import { writeSync } from 'node:fs';
import {
  ACK,
  addressText,
  FIN,
  ICMP,
  ICMPV6,
  type IpPacket,
  RST,
  readIp,
  readTcp,
  reply,
  SYN,
  TCP,
  type TcpSegment,
  writeTcp,
} from './ip-packet.ts';
import { HOSTS, isReject, type Manner, mannerOf, REJECTS, type Reject, type TrueHost } from './truth.ts';
import { openTun } from './tun.ts';

const DEFAULT_WINDOW_BYTES = 64_240;
/** Pending responses; further ones are lost. */
const MAX_DELAYED = 200_000;
/** The longest sleep: the end is requested by a signal. */
const IDLE_MS = 1_000;

const hosts = new Map<string, TrueHost>(
  HOSTS.filter(({ place }) => place === 'odd').flatMap((host) =>
    host.addresses.map((address) => [address, host] as const),
  ),
);

interface Delayed {
  readonly dueMs: number;
  readonly packet: Uint8Array;
}

/** All responses of one delay, so the oldest is always due first. */
const delayed: Delayed[] = [];
let nextDelayed = 0;

/** A sequence number that is recognized when it is acknowledged. */
function initialSequence({ source }: IpPacket, { sourcePort, destinationPort }: TcpSegment): number {
  const last = source.at(-1) ?? 0;
  return Math.imul((sourcePort << 16) ^ destinationPort ^ (last << 8), 0x9e37_79b1) >>> 0;
}

const SYN_ACK_MANNERS: readonly Manner[] = ['open', 'answers-all', 'tarpit'];
const back = (segment: TcpSegment) => ({
  sourcePort: segment.destinationPort,
  destinationPort: segment.sourcePort,
  window: 0,
});
const next = (segment: TcpSegment) => (segment.sequence + 1) >>> 0;

/** Undefined: no response. */
function answerToSyn(host: TrueHost, packet: IpPacket, segment: TcpSegment): TcpSegment | undefined {
  const manner = mannerOf(host, 'tcp', segment.destinationPort);
  const sequence = initialSequence(packet, segment);
  const window = host.quirks?.windowBytes ?? DEFAULT_WINDOW_BYTES;
  const synAck = { ...back(segment), sequence, window, flags: SYN | ACK };
  if (SYN_ACK_MANNERS.includes(manner)) return { ...synAck, acknowledgement: next(segment) };
  if (manner === 'stray') return { ...synAck, acknowledgement: next(segment) ^ 0x5555_5555 };
  if (manner === 'closed') {
    return { ...back(segment), sequence: 0, acknowledgement: next(segment), flags: RST | ACK };
  }
  return undefined;
}

/** A reset to segments of no known handshake, as a host sends without a connection. */
function answerToAck(host: TrueHost, packet: IpPacket, segment: TcpSegment): TcpSegment | undefined {
  const manner = mannerOf(host, 'tcp', segment.destinationPort);
  if (manner === 'unresponsive' || manner === 'stray') return undefined;
  const isOurs = segment.acknowledgement === (initialSequence(packet, segment) + 1) >>> 0;
  const reset = { ...back(segment), sequence: segment.acknowledgement, acknowledgement: 0, flags: RST };
  if (isOurs && host.quirks?.resetsAfterHandshake === true) return reset;
  if (isOurs || manner === 'tarpit') return undefined;
  return reset;
}

/** The largest part of the original packet that an ICMP error contains. */
const QUOTED_BYTES = 128;

function reject(packet: IpPacket, kind: Reject): Uint8Array {
  const { code, code6 = 0 } = REJECTS[kind];
  const quoted = packet.complete.subarray(0, QUOTED_BYTES);
  const message = new Uint8Array(8 + quoted.length);
  message.set(packet.family === 4 ? [3, code] : [1, code6]);
  message.set(quoted, 8);
  return reply(packet, packet.family === 4 ? ICMP : ICMPV6, message);
}

function answerTcp(host: TrueHost, packet: IpPacket): Uint8Array | undefined {
  const segment = readTcp(packet.payload);
  if (segment === undefined || (segment.flags & (RST | FIN)) !== 0) return undefined;
  const manner = mannerOf(host, 'tcp', segment.destinationPort);
  if (isReject(manner)) return reject(packet, manner);
  const isSyn = (segment.flags & SYN) !== 0;
  const answer = isSyn ? answerToSyn(host, packet, segment) : answerToAck(host, packet, segment);
  return answer === undefined ? undefined : reply(packet, TCP, writeTcp(answer));
}

/** Type of an echo request, and of its reply. */
const ECHO = { [ICMP]: [8, 0], [ICMPV6]: [128, 129] } as const;

function answerEcho(packet: IpPacket): Uint8Array | undefined {
  const protocol = packet.family === 4 ? ICMP : ICMPV6;
  const [request, answer] = ECHO[protocol];
  if (packet.protocol !== protocol || packet.payload[0] !== request) return undefined;
  return reply(packet, protocol, Uint8Array.of(answer, ...packet.payload.subarray(1)));
}

const tun = openTun(process.argv[2] ?? '');

function send(host: TrueHost, packet: Uint8Array): void {
  const { delayMs = 0, copies = 1 } = host.quirks ?? {};
  for (let copy = 0; copy < copies; copy += 1) {
    if (delayMs === 0) tun.write(packet);
    else if (delayed.length - nextDelayed < MAX_DELAYED) {
      delayed.push({ dueMs: performance.now() + delayMs, packet });
    }
  }
}

function sendDue(nowMs: number): void {
  for (let due = delayed[nextDelayed]; due !== undefined && due.dueMs <= nowMs; due = delayed[nextDelayed]) {
    tun.write(due.packet);
    nextDelayed += 1;
  }
  if (nextDelayed === delayed.length) {
    delayed.length = 0;
    nextDelayed = 0;
  }
}

function serve(bytes: Uint8Array): void {
  const packet = readIp(bytes);
  const host = packet === undefined ? undefined : hosts.get(addressText(packet));
  if (packet === undefined || host === undefined) return;
  const answer = packet.protocol === TCP ? answerTcp(host, packet) : answerEcho(packet);
  if (answer !== undefined) send(host, answer);
}

writeSync(1, 'ready\n');
for (;;) {
  const nowMs = performance.now();
  sendDue(nowMs);
  const packet = tun.read(Math.max(0, (delayed[nextDelayed]?.dueMs ?? nowMs + IDLE_MS) - nowMs));
  if (packet !== undefined) serve(packet);
}
