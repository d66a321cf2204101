import { formatAddress } from '#domain/addresses/address.js';
import type { Clock } from '#domain/time/clock.js';
import { SocketError } from '#net/native/libc/socket-error.js';
import { LinkSocket } from '#net/native/links/link-socket.js';
import type { LinkTable, OnLink } from '#net/native/links/links.js';
import { decodeArp, encodeArp } from '#net/packet/arp.js';
import { ETHERTYPE } from '#net/packet/ethernet.js';
import { BROADCAST_MAC, macBytes, NO_MAC } from '#net/packet/mac-address.js';
import { isPacketError } from '#net/packet/packet-error.js';
import type { HostAnswer, HostProbe, HostResult, ProbeOptions } from '#net/probe/hosts/host-probe.js';
import { localFailure, OutstandingQueries } from '#net/probe/ports/outstanding-queries.js';
import type { HostPermit } from '#net/send/gate.js';

const BROADCAST = macBytes(BROADCAST_MAC);

export interface ArpOptions {
  readonly clock: Clock;
  readonly links: LinkTable;
}

/** Who-has requests to IPv4 neighbors; an address behind a router fails with OFF_LINK. Needs CAP_NET_RAW. */
export class ArpProbe implements HostProbe {
  readonly #links: LinkTable;
  readonly #queries: OutstandingQueries<HostAnswer>;
  /** By interface index, opened when first needed: one machine has few. */
  readonly #sockets = new Map<number, LinkSocket>();

  /** Throws SocketError where this process may not. */
  constructor({ clock, links }: ArpOptions) {
    this.#links = links;
    this.#queries = new OutstandingQueries({ clock, readOne: () => this.#readOne() });
    // Any interface shows whether we may: 1 is loopback, where nobody asks.
    new LinkSocket({ interfaceIndex: 1, etherType: ETHERTYPE.arp }).close();
  }

  probe({ address }: HostPermit, options: ProbeOptions): Promise<HostResult> {
    const link = address.family === 4 ? this.#links.onLink(address) : undefined;
    if (link === undefined) return Promise.resolve(localFailure('OFF_LINK'));
    const bytes = encodeArp({
      operation: 'request',
      senderMac: link.mac,
      senderAddress: link.source,
      targetMac: NO_MAC,
      targetAddress: address,
    });
    return this.#queries.probe(formatAddress(address), () => this.#send(link, bytes), options);
  }

  close(): void {
    this.#queries.close();
    for (const socket of this.#sockets.values()) socket.close();
  }

  #send({ interfaceIndex }: OnLink, bytes: Uint8Array): string | undefined {
    try {
      const known = this.#sockets.get(interfaceIndex);
      const socket = known ?? new LinkSocket({ interfaceIndex, etherType: ETHERTYPE.arp });
      this.#sockets.set(interfaceIndex, socket);
      return socket.send(bytes, BROADCAST);
    } catch (error) {
      if (error instanceof SocketError) return error.code;
      throw error;
    }
  }

  #readOne(): boolean {
    for (const socket of this.#sockets.values()) {
      const message = socket.receive();
      if (message === undefined) continue;
      const arp = decodeArp(message.bytes);
      if (!isPacketError(arp) && arp.operation === 'reply') {
        const { senderAddress, senderMac: mac } = arp;
        this.#queries.answer(
          formatAddress(senderAddress),
          message.ageMicroseconds,
          (roundTripMicroseconds) => ({ reason: 'arp-response', roundTripMicroseconds, mac }),
        );
      }
      return true;
    }
    return false;
  }
}
