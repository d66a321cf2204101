import { type Address, formatAddress } from '#domain/addresses/address.js';
import type { Clock } from '#domain/time/clock.js';
import type { LinkTable } from '#net/native/links/links.js';
import { IpSocket } from '#net/native/sockets/ip-socket.js';
import { decodeIcmpv6, encodeIcmpv6, ICMPV6_TYPE } from '#net/packet/icmpv6.js';
import { IP_PROTOCOL } from '#net/packet/ip-protocol.js';
import { isPacketError } from '#net/packet/packet-error.js';
import type { HostAnswer, HostProbe, HostResult, ProbeOptions } from '#net/probe/hosts/host-probe.js';
import { passOnly } from '#net/probe/hosts/icmp-echo.js';
import { localFailure, OutstandingQueries } from '#net/probe/ports/outstanding-queries.js';
import type { HostPermit } from '#net/send/gate.js';

const IPPROTO_IPV6 = 41;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_RECVHOPLIMIT = 51;
/** Of a neighbor's packet: one that passed a router has less, and is not believed (RFC 4861). */
const NEIGHBOR_HOP_LIMIT = 255;
/** ff02::1:ff00:0, with the low 24 bits of the address asked for. */
const SOLICITED_NODE = 0xff02_0000_0000_0000_0000_0001_ff00_0000n;

export interface NeighborOptions {
  readonly clock: Clock;
  readonly links: LinkTable;
}

/** Neighbor solicitations to IPv6 neighbors; an address behind a router fails with OFF_LINK. Needs CAP_NET_RAW. */
export class NeighborProbe implements HostProbe {
  readonly #links: LinkTable;
  readonly #socket: IpSocket;
  readonly #queries: OutstandingQueries<HostAnswer>;

  /** Throws SocketError where this process may not. */
  constructor({ clock, links }: NeighborOptions) {
    this.#links = links;
    this.#socket = new IpSocket({ family: 6, type: 'raw', protocol: IP_PROTOCOL.icmpv6 });
    this.#socket.setOption(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, NEIGHBOR_HOP_LIMIT);
    this.#socket.setOption(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    passOnly(this.#socket, ICMPV6_TYPE['neighbor-advertisement']);
    this.#queries = new OutstandingQueries({ clock, readOne: () => this.#readOne() });
  }

  probe({ address }: HostPermit, options: ProbeOptions): Promise<HostResult> {
    const link = address.family === 6 ? this.#links.onLink(address) : undefined;
    if (link === undefined) return Promise.resolve(localFailure('OFF_LINK'));
    const bytes = encodeIcmpv6({ kind: 'neighbor-solicitation', target: address, sourceMac: link.mac });
    const to = { address: solicitedNode(address), port: 0, scope: link.interfaceIndex };
    return this.#queries.probe(formatAddress(address), () => this.#socket.send(bytes, to), options);
  }

  close(): void {
    this.#queries.close();
    this.#socket.close();
  }

  #readOne(): boolean {
    const datagram = this.#socket.receive();
    if (datagram === undefined) return false;
    const icmpv6 = decodeIcmpv6(datagram.bytes);
    if (isPacketError(icmpv6) || icmpv6.kind !== 'neighbor-advertisement') return true;
    if (datagram.ttl !== NEIGHBOR_HOP_LIMIT) return true;
    const { target, targetMac: mac } = icmpv6;
    this.#queries.answer(formatAddress(target), datagram.ageMicroseconds, (roundTripMicroseconds) => ({
      reason: 'nd-response',
      roundTripMicroseconds,
      ...(mac === undefined ? {} : { mac }),
    }));
    return true;
  }
}

function solicitedNode({ value }: Address): Address {
  return { family: 6, value: SOLICITED_NODE | (value & 0xff_ffffn) };
}
