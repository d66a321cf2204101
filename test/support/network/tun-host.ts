/**
 * Stands in for every host behind a TUN device, for tests. Arguments: the device, which has to exist and be down, and
 * the link type it is to pose as, as the kernel numbers it. Prints `ready`, and runs until it is ended. Ports, of TCP
 * and of UDP alike:
 *
 *     1–10 open   11–20 closed   21–30 a router forbids   else unresponsive
 */
import { writeSync } from 'node:fs';
import process from 'node:process';
import {
  ACK,
  ICMP,
  ICMPV6,
  type IpPacket,
  RST,
  readIp,
  readTcp,
  reply,
  SYN,
  TCP,
  UDP,
  writeTcp,
} from '../../lab/support/ip-packet.ts';
import { openTun } from '../../lab/support/tun.ts';

const ROUTER = {
  4: Uint8Array.of(198, 18, 99, 99),
  6: Uint8Array.of(0xfd, 0, 0, 0x99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x99),
};
const PORT_UNREACHABLE = { 4: [3, 3], 6: [1, 4] } as const;
const PROHIBITED = { 4: [3, 13], 6: [1, 1] } as const;

/** An ICMP error that contains the complete original packet. */
function icmpError(packet: IpPacket, [type, code]: readonly [number, number], from = packet.destination) {
  const message = Uint8Array.of(type, code, 0, 0, 0, 0, 0, 0, ...packet.complete);
  return reply({ ...packet, destination: from }, packet.family === 4 ? ICMP : ICMPV6, message);
}

function answerTcp(packet: IpPacket): Uint8Array | undefined {
  const segment = readTcp(packet.payload);
  if (segment === undefined || (segment.flags & RST) !== 0 || segment.destinationPort > 20) return undefined;
  const { sourcePort, destinationPort, sequence, flags } = segment;
  const ends = { sourcePort: destinationPort, destinationPort: sourcePort, window: 0 };
  const isProbe = (flags & SYN) !== 0;
  if (!isProbe) {
    const reset = { ...ends, sequence: segment.acknowledgement, acknowledgement: 0, flags: RST };
    return reply(packet, TCP, writeTcp(reset));
  }
  const answer = { ...ends, sequence: 1, acknowledgement: (sequence + 1) >>> 0 };
  return reply(packet, TCP, writeTcp({ ...answer, flags: ACK | (destinationPort <= 10 ? SYN : RST) }));
}

function answerUdp(packet: IpPacket, port: number): Uint8Array | undefined {
  if (port > 20) return undefined;
  if (port > 10) return icmpError(packet, PORT_UNREACHABLE[packet.family]);
  const datagram = Uint8Array.of(
    ...packet.payload.subarray(2, 4),
    ...packet.payload.subarray(0, 2),
    0,
    10,
    0,
    0,
    1,
    2,
  );
  return reply(packet, UDP, datagram);
}

function answer(packet: IpPacket): Uint8Array | undefined {
  if (packet.protocol !== TCP && packet.protocol !== UDP) return undefined;
  const port = ((packet.payload[2] ?? 0) << 8) | (packet.payload[3] ?? 0);
  if (port > 20 && port <= 30) return icmpError(packet, PROHIBITED[packet.family], ROUTER[packet.family]);
  return packet.protocol === TCP ? answerTcp(packet) : answerUdp(packet, port);
}

const [device = '', kind = ''] = process.argv.slice(2);
const tun = openTun(device, Number(kind));
writeSync(1, 'ready\n');
for (;;) {
  const bytes = tun.read(1_000);
  const packet = bytes === undefined ? undefined : readIp(bytes);
  const answered = packet === undefined ? undefined : answer(packet);
  if (answered !== undefined) tun.write(answered);
}
