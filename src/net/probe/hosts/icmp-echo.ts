import { type Address, type AddressFamily, formatAddress } from '#domain/addresses/address.js';
import type { Clock } from '#domain/time/clock.js';
import { SocketError } from '#net/native/libc/socket-error.js';
import { type Datagram, IpSocket } from '#net/native/sockets/ip-socket.js';
import { decodeIcmp, encodeIcmp } from '#net/packet/icmp.js';
import { decodeIcmpv6, encodeIcmpv6, ICMPV6_TYPE } from '#net/packet/icmpv6.js';
import { decodeIpv4 } from '#net/packet/ip/ipv4.js';
import { IP_PROTOCOL } from '#net/packet/ip-protocol.js';
import { isPacketError } from '#net/packet/packet-error.js';
import type { HostAnswer, HostProbe, HostResult, ProbeOptions } from '#net/probe/hosts/host-probe.js';
import { OutstandingQueries } from '#net/probe/ports/outstanding-queries.js';
import type { HostPermit } from '#net/send/gate.js';

/** Carried in every echo request: a reply without the very same bytes is not believed. */
export const NONCE_BYTES = 8;

/** `ping-socket`: the kernel lets us ping and nothing else, no privilege needed. `raw`: needs CAP_NET_RAW. */
export type EchoTransport = 'ping-socket' | 'raw';

export interface EchoOptions {
  readonly family: AddressFamily;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Ways to try, the best first; both by default. */
  readonly transports?: readonly EchoTransport[];
}

const IPPROTO_IP = 0;
const IP_RECVTTL = 12;
const IPPROTO_IPV6 = 41;
const IPV6_RECVHOPLIMIT = 51;
const ICMP6_FILTER = 1;

/** A whole ICMP or ICMPv6 message, and what is known of the packet that it came in. */
interface EchoReply {
  readonly from: Address;
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly ttl: number | undefined;
}

/** Echo requests of one family. */
export class IcmpEcho implements HostProbe {
  readonly transport: EchoTransport;
  readonly #family: AddressFamily;
  readonly #socket: IpSocket;
  readonly #nonce: Uint8Array;
  readonly #identifier: number;
  readonly #queries: OutstandingQueries<HostAnswer>;
  #sequence = 0;

  /** Throws SocketError when no transport is open to this process. */
  constructor({ family, clock, randomBytes, transports = ['ping-socket', 'raw'] }: EchoOptions) {
    const opened = openFirst(family, transports);
    this.transport = opened.transport;
    this.#socket = opened.socket;
    this.#family = family;
    this.#nonce = randomBytes(NONCE_BYTES);
    const [high = 0, low = 0] = randomBytes(2);
    this.#identifier = (high << 8) | low;
    this.#queries = new OutstandingQueries({ clock, readOne: () => this.#readOne() });
  }

  probe({ address }: HostPermit, options: ProbeOptions): Promise<HostResult> {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const message = {
      kind: 'echo-request' as const,
      identifier: this.#identifier,
      sequence: this.#sequence,
      data: this.#nonce,
    };
    // The kernel fills in the checksum of ICMPv6, and the identifier on a ping socket.
    const bytes = this.#family === 4 ? encodeIcmp(message) : encodeIcmpv6(message);
    const send = (): string | undefined => this.#socket.send(bytes, { address, port: 0 });
    return this.#queries.probe(keyOf(address, this.#sequence), send, options);
  }

  close(): void {
    this.#queries.close();
    this.#socket.close();
  }

  #readOne(): boolean {
    const datagram = this.#socket.receive();
    if (datagram === undefined) return false;
    const reply = this.#replyIn(datagram);
    if (reply === undefined || !isSame(reply.data, this.#nonce)) return true;
    this.#queries.answer(
      keyOf(reply.from, reply.sequence),
      datagram.ageMicroseconds,
      (roundTripMicroseconds) => ({
        reason: 'echo-reply',
        roundTripMicroseconds,
        ...(reply.ttl === undefined ? {} : { ttl: reply.ttl }),
      }),
    );
    return true;
  }

  #replyIn({ address, bytes, ttl: socketTtl }: Datagram): EchoReply | undefined {
    const opened =
      this.#family === 4 && this.transport === 'raw' ? icmpInIpv4(bytes) : { message: bytes, ttl: socketTtl };
    if (opened === undefined) return undefined;
    const icmp = this.#family === 4 ? decodeIcmp(opened.message) : decodeIcmpv6(opened.message);
    if (isPacketError(icmp) || icmp.kind !== 'echo-reply') return undefined;
    if (this.transport === 'raw' && icmp.identifier !== this.#identifier) return undefined;
    return { from: address, sequence: icmp.sequence, data: icmp.data, ttl: opened.ttl };
  }
}

/** The ICMP message in what a raw IPv4 socket hands over. */
export function icmpInIpv4(packet: Uint8Array): { message: Uint8Array; ttl: number } | undefined {
  const ipv4 = decodeIpv4(packet);
  return isPacketError(ipv4) ? undefined : { message: ipv4.payload, ttl: ipv4.ttl };
}

function openFirst(
  family: AddressFamily,
  transports: readonly EchoTransport[],
): { transport: EchoTransport; socket: IpSocket } {
  let refusal = new SocketError('socket', 'EPROTONOSUPPORT');
  for (const transport of transports) {
    try {
      return { transport, socket: openTransport(family, transport) };
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

function openTransport(family: AddressFamily, transport: EchoTransport): IpSocket {
  const type = transport === 'raw' ? 'raw' : 'datagram';
  const protocol = family === 4 ? IP_PROTOCOL.icmp : IP_PROTOCOL.icmpv6;
  const socket = new IpSocket({ family, type, protocol });
  if (family === 4) socket.setOption(IPPROTO_IP, IP_RECVTTL, 1);
  else socket.setOption(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  if (family === 6 && transport === 'raw') passOnly(socket, ICMPV6_TYPE['echo-reply']);
  return socket;
}

/** Lets one ICMPv6 type through to the socket. */
export function passOnly(socket: IpSocket, type: number): void {
  // A bit that is set blocks; the words are in the order of the machine, so bit 0 is in the first byte.
  const filter = new Uint8Array(32).fill(0xff);
  filter[type >> 3] = 0xff & ~(1 << (type & 7));
  socket.setOption(IP_PROTOCOL.icmpv6, ICMP6_FILTER, filter);
}

function keyOf(address: Address, sequence: number): string {
  return `${formatAddress(address)} ${sequence}`;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
