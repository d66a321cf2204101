import { type Address, type AddressFamily, formatAddress } from '#domain/addresses/address.js';
import type { Reason } from '#domain/ports/port-state.js';
import type { Clock } from '#domain/time/clock.js';
import { SocketError } from '#net/native/libc/socket-error.js';
import { type Datagram, IpSocket, SourceLookup } from '#net/native/sockets/ip-socket.js';
import { decodeIpv4 } from '#net/packet/ip/ipv4.js';
import { IP_PROTOCOL } from '#net/packet/ip-protocol.js';
import { isPacketError } from '#net/packet/packet-error.js';
import { decodeTcp, encodeTcp, TCP_FLAG, type TcpSegment } from '#net/packet/tcp/tcp.js';
import { encodeTcpOptions } from '#net/packet/tcp/tcp-options.js';
import type { HostAnswer, HostResult, ProbeOptions } from '#net/probe/hosts/host-probe.js';
import { localFailure, OutstandingQueries } from '#net/probe/ports/outstanding-queries.js';
import type { Permit } from '#net/send/gate.js';

/** `ack` passes filters that only stop new connections: whoever gets it has to reset it. */
export const TCP_PING_KINDS = ['syn', 'ack'] as const;
export type TcpPingKind = (typeof TCP_PING_KINDS)[number];

/** One way to ask a host by one of its ports. Holds what it needs until it is closed. */
export interface TcpPing {
  readonly kinds: readonly TcpPingKind[];
  /** Sends one packet before it returns, so in the turn the permit was given in. Never rejects. */
  probe(permit: Permit, kind: TcpPingKind, options: ProbeOptions): Promise<HostResult>;
  close(): void;
}

export interface TcpPingOptions {
  readonly family: AddressFamily;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

const IPPROTO_IPV6 = 41;
const IPV6_CHECKSUM = 7;
const IPV6_RECVHOPLIMIT = 51;
const TCP_CHECKSUM_OFFSET = 16;
const WINDOW_BYTES = 1_024;
const OPTIONS = encodeTcpOptions([{ kind: 'mss', bytes: 1_460 }]);

/**
 * Single TCP segments through a raw socket, which finds route and neighbor by itself. The source port is one that
 * a TCP socket of ours holds and never uses: nobody else gets it, and the kernel resets what answers it, so that
 * no half-open connection is left on the host. Needs CAP_NET_RAW.
 */
export class RawTcpPing implements TcpPing {
  readonly kinds = TCP_PING_KINDS;
  readonly #family: AddressFamily;
  readonly #socket: IpSocket;
  readonly #portHolder: IpSocket;
  readonly #sourcePort: number;
  readonly #sources = new SourceLookup();
  readonly #randomBytes: TcpPingOptions['randomBytes'];
  readonly #queries: OutstandingQueries<HostAnswer>;

  /** Throws SocketError where this process may not. */
  constructor({ family, clock, randomBytes }: TcpPingOptions) {
    this.#family = family;
    this.#randomBytes = randomBytes;
    this.#socket = openRaw(family);
    this.#portHolder = new IpSocket({ family, type: 'stream', protocol: 0 });
    this.#portHolder.bind({ address: { family, value: 0n }, port: 0 });
    this.#sourcePort = this.#portHolder.local().port;
    this.#queries = new OutstandingQueries({ clock, readOne: () => this.#readOne() });
  }

  probe({ probe: { address, port } }: Permit, kind: TcpPingKind, options: ProbeOptions): Promise<HostResult> {
    const number = this.#randomNumber();
    try {
      const bytes = this.#segment(address, port, { kind, number });
      const send = (): string | undefined => this.#socket.send(bytes, { address, port: 0 });
      return this.#queries.probe(keyOf({ address, port, kind, number }), send, options);
    } catch (error) {
      if (error instanceof SocketError) return Promise.resolve(localFailure(error.code));
      throw error;
    }
  }

  close(): void {
    this.#queries.close();
    this.#socket.close();
    this.#portHolder.close();
    this.#sources.close();
  }

  #segment(address: Address, port: number, sendProbe: { kind: TcpPingKind; number: number }): Uint8Array {
    const isSyn = sendProbe.kind === 'syn';
    const segment: TcpSegment = {
      sourcePort: this.#sourcePort,
      destinationPort: port,
      sequence: isSyn ? sendProbe.number : 0,
      acknowledgement: isSyn ? 0 : sendProbe.number,
      flags: isSyn ? TCP_FLAG.syn : TCP_FLAG.ack,
      window: WINDOW_BYTES,
      urgentPointer: 0,
      options: isSyn ? OPTIONS : new Uint8Array(),
      payload: new Uint8Array(),
    };
    // For IPv6 the kernel was told where the checksum goes.
    if (this.#family === 6) return encodeTcp(segment);
    return encodeTcp(segment, { source: this.#sources.sourceFor(address), destination: address });
  }

  #randomNumber(): number {
    const bytes = this.#randomBytes(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  }

  #readOne(): boolean {
    const datagram = this.#socket.receive();
    if (datagram === undefined) return false;
    const received = this.#segmentIn(datagram);
    if (received === undefined) return true;
    const { tcp, ttl } = received;
    if (tcp.destinationPort !== this.#sourcePort) return true;
    const answered = answeredBy(tcp);
    if (answered === undefined) return true;
    const { kind, number, reason } = answered;
    const key = keyOf({ address: datagram.address, port: tcp.sourcePort, kind, number });
    this.#queries.answer(key, datagram.ageMicroseconds, (roundTripMicroseconds) => ({
      reason,
      roundTripMicroseconds,
      ...(ttl === undefined ? {} : { ttl }),
    }));
    return true;
  }

  #segmentIn({ bytes, ttl }: Datagram): { tcp: TcpSegment; ttl: number | undefined } | undefined {
    if (this.#family === 6) {
      const tcp = decodeTcp(bytes);
      return isPacketError(tcp) ? undefined : { tcp, ttl };
    }
    const ipv4 = decodeIpv4(bytes);
    if (isPacketError(ipv4)) return undefined;
    const tcp = decodeTcp(ipv4.payload);
    return isPacketError(tcp) ? undefined : { tcp, ttl: ipv4.ttl };
  }
}

function openRaw(family: AddressFamily): IpSocket {
  const socket = new IpSocket({ family, type: 'raw', protocol: IP_PROTOCOL.tcp });
  if (family === 6) {
    socket.setOption(IPPROTO_IPV6, IPV6_CHECKSUM, TCP_CHECKSUM_OFFSET);
    socket.setOption(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  }
  return socket;
}

/** Which segment of ours it answers: the number we chose comes back in one field or the other. */
function answeredBy(tcp: TcpSegment): { kind: TcpPingKind; number: number; reason: Reason } | undefined {
  const { syn, rst, ack } = TCP_FLAG;
  const before = (tcp.acknowledgement - 1) >>> 0;
  switch (tcp.flags & (syn | rst | ack)) {
    case syn | ack:
      return { kind: 'syn', number: before, reason: 'syn-ack' };
    case rst | ack:
      return { kind: 'syn', number: before, reason: 'rst' };
    case rst:
      return { kind: 'ack', number: tcp.sequence, reason: 'rst' };
    default:
      return undefined;
  }
}

function keyOf(of: { address: Address; port: number; kind: TcpPingKind; number: number }): string {
  return `${formatAddress(of.address)} ${of.port} ${of.kind} ${of.number}`;
}
