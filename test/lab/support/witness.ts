import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab.ts';
import { ACK, addressText, type IpPacket, readIp, readTcp, SYN, TCP, UDP } from './ip-packet.ts';
import { must } from './namespaces.ts';
import { framesOf } from './pcap.ts';
import type { Place } from './truth.ts';
import { linkEndOf } from './wiring.ts';

/** A packet that left the cable at a place, whatever its destination. */
export interface Arrival {
  /** Milliseconds since 1970-01-01 UTC, with fractions. */
  readonly atMs: number;
  readonly address: string;
  /** `other`: neither TCP nor UDP, or an address resolution (ARP, ICMPv6) for this address. */
  readonly protocol: 'tcp' | 'udp' | 'other';
  /** 0 where the protocol has none. */
  readonly port: number;
  /** A SYN or a datagram: what an engine sends as a probe, and not what the kernel adds to it. */
  readonly isProbe: boolean;
}

/** tcpdump at one end of the scanner's cables. */
export interface Witness {
  /** Resolves once about this many packets have arrived; throws when they do not within the time of a slow start. */
  seen(packets: number): Promise<void>;
  /** Ends the capture and returns what arrived; throws when the kernel dropped some of it, or nothing was seen. */
  arrivals(): Promise<readonly Arrival[]>;
}

const HEADERS_BYTES = 96;
const BUFFER_KILOBYTES = 65_536;
/** A SYN with its Ethernet frame and the header of the capture. */
const CAPTURED_BYTES = 74;
const SEEN_LIMIT_MS = 20_000;
const POLL_MS = 20;

let captures = 0;

/** Starts a capture at one end of the cable between the scanner and a place; resolves once tcpdump is ready. */
async function capture(
  lab: Lab,
  { place, cable, flags }: { place: Place; cable: Place; flags: readonly string[] },
) {
  captures += 1;
  const mark = `end of capture ${captures}.`;
  const path = join(lab.folder, `${captures}.pcap`);
  const { child, output } = lab.start(place, [
    ...'tcpdump -n -Z root -U --immediate-mode'.split(' '),
    ...flags,
    `--buffer-size=${BUFFER_KILOBYTES}`,
    '-w',
    path,
  ]);
  while (!output().includes('listening on')) {
    if (child.exitCode !== null) throw new Error(`tcpdump ended: ${output()}`);
    await sleep(10);
  }
  /** What was captured; throws when the kernel dropped some of it. A packet that is sent last shows when all is in the file. */
  const end = async (): Promise<Uint8Array> => {
    const last = `printf '${mark}' >/dev/udp/${linkEndOf(cable)}/9`;
    must('ip', ['netns', 'exec', lab.namespaceOf('scan'), 'bash', '-c', last]);
    await until(`the capture at ${place} came to no end`, () => readFileSync(path).includes(mark));
    const ended = once(child, 'close');
    child.kill('SIGINT');
    await ended;
    if (!output().includes('\n0 packets dropped by kernel'))
      throw new Error(`tcpdump missed some: ${output()}`);
    const file = readFileSync(path);
    // Without that packet, which this cuts off.
    return file.subarray(0, file.indexOf(mark));
  };
  return { path, end };
}

async function until(failure: string, isSo: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += POLL_MS) {
    if (waitedMs > SEEN_LIMIT_MS) throw new Error(`${failure} within ${SEEN_LIMIT_MS} ms`);
    await sleep(POLL_MS);
  }
}

/** Every complete frame that a device of the scanner sends or receives during an action. */
export async function framesDuring(
  lab: Lab,
  devices: readonly Place[],
  work: () => Promise<unknown>,
): Promise<readonly Uint8Array[]> {
  const captures = await Promise.all(
    devices.map((device) => capture(lab, { place: 'scan', cable: device, flags: ['-i', device] })),
  );
  await work();
  const files = await Promise.all(captures.map(({ end }) => end()));
  return files.flatMap((file) => [...framesOf(file)].map(({ bytes }) => bytes));
}

/** Starts to capture what comes from the scanner; resolves once tcpdump is ready. */
export async function witness(lab: Lab, place: Exclude<Place, 'scan'>): Promise<Witness> {
  const flags = ['-i', 'scan', '-Q', 'in', `--snapshot-length=${HEADERS_BYTES}`];
  const { path, end } = await capture(lab, { place, cable: place, flags });
  return {
    seen: (packets) =>
      until(`no ${packets} packets came`, () => statSync(path).size >= packets * CAPTURED_BYTES),
    arrivals: async () => arrivalsOf(await end()),
  };
}

const ETHERNET_BYTES = 14;
const ETHERTYPE_ARP = 0x0806;
const NEIGHBOR_SOLICITATION = 135;

export function arrivalsOf(capture: Uint8Array): Arrival[] {
  return [...framesOf(capture)].flatMap(({ atMs, bytes }) => {
    const etherType = ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0);
    const inner = bytes.subarray(ETHERNET_BYTES);
    if (etherType === ETHERTYPE_ARP) return [{ ...aboutNeighbor(inner.subarray(24, 28)), atMs }];
    const packet = readIp(inner);
    return packet === undefined ? [] : [{ ...arrivalOf(packet), atMs }];
  });
}

function aboutNeighbor(destination: Uint8Array): Omit<Arrival, 'atMs'> {
  const family = destination.length === 4 ? 4 : 6;
  return { address: addressText({ family, destination }), protocol: 'other', port: 0, isProbe: false };
}

function arrivalOf(packet: IpPacket): Omit<Arrival, 'atMs'> {
  const address = addressText(packet);
  const segment = packet.protocol === TCP ? readTcp(packet.payload) : undefined;
  if (segment !== undefined) {
    const isProbe = (segment.flags & (SYN | ACK)) === SYN;
    return { address, protocol: 'tcp', port: segment.destinationPort, isProbe };
  }
  if (packet.protocol === UDP) {
    const port = ((packet.payload[2] ?? 0) << 8) | (packet.payload[3] ?? 0);
    return { address, protocol: 'udp', port, isProbe: true };
  }
  // A neighbor solicitation goes to a multicast address; its target is in the payload.
  if (packet.payload[0] === NEIGHBOR_SOLICITATION && packet.payload.length >= 24) {
    return aboutNeighbor(packet.payload.subarray(8, 24));
  }
  return { address, protocol: 'other', port: 0, isProbe: false };
}

/** The largest number of packets within any span of this many milliseconds. */
export function mostWithin(spanMs: number, arrivals: readonly Arrival[]): number {
  const times = arrivals.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
  let most = 0;
  let oldest = 0;
  for (const [index, atMs] of times.entries()) {
    while ((times[oldest] ?? atMs) <= atMs - spanMs) oldest += 1;
    most = Math.max(most, index - oldest + 1);
  }
  return most;
}

/** The shortest time in which this many arrived: the budget of a window held if one more than it took the window or longer. */
export function shortestSpanMs(count: number, arrivals: readonly Arrival[]): number {
  const times = arrivals.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
  const spans = times.slice(count - 1).map((atMs, index) => atMs - (times[index] ?? atMs));
  return spans.reduce((shortest, spanMs) => Math.min(shortest, spanMs), Number.POSITIVE_INFINITY);
}
