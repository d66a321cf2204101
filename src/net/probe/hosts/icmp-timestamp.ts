import { formatAddress } from '#domain/addresses/address.js';
import type { Clock } from '#domain/time/clock.js';
import { IpSocket } from '#net/native/sockets/ip-socket.js';
import { decodeIcmp, encodeIcmp } from '#net/packet/icmp.js';
import { IP_PROTOCOL } from '#net/packet/ip-protocol.js';
import { isPacketError } from '#net/packet/packet-error.js';
import type { HostAnswer, HostProbe, HostResult, ProbeOptions } from '#net/probe/hosts/host-probe.js';
import { icmpInIpv4 } from '#net/probe/hosts/icmp-echo.js';
import { OutstandingQueries } from '#net/probe/ports/outstanding-queries.js';
import type { HostPermit } from '#net/send/gate.js';

const DAY_MS = 86_400_000;

export interface TimestampOptions {
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** ICMP timestamp requests: some hosts that keep silent to an echo answer these. IPv4 only, needs CAP_NET_RAW. */
export class IcmpTimestampProbe implements HostProbe {
  readonly #socket = new IpSocket({ family: 4, type: 'raw', protocol: IP_PROTOCOL.icmp });
  readonly #clock: Clock;
  readonly #identifier: number;
  readonly #queries: OutstandingQueries<HostAnswer>;
  #sequence = 0;

  /** Throws SocketError where this process may not. */
  constructor({ clock, randomBytes }: TimestampOptions) {
    this.#clock = clock;
    const [high = 0, low = 0] = randomBytes(2);
    this.#identifier = (high << 8) | low;
    this.#queries = new OutstandingQueries({ clock, readOne: () => this.#readOne() });
  }

  probe({ address }: HostPermit, options: ProbeOptions): Promise<HostResult> {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const sequence = this.#sequence;
    // The host has to send it back, which makes it one more thing that a stray packet would have to guess.
    const originateMs = Math.floor(this.#clock.now()) % DAY_MS;
    const bytes = encodeIcmp({
      kind: 'timestamp-request',
      identifier: this.#identifier,
      sequence,
      originateMs,
      receiveMs: 0,
      transmitMs: 0,
    });
    const send = (): string | undefined => this.#socket.send(bytes, { address, port: 0 });
    return this.#queries.probe(`${formatAddress(address)} ${sequence} ${originateMs}`, send, options);
  }

  close(): void {
    this.#queries.close();
    this.#socket.close();
  }

  #readOne(): boolean {
    const datagram = this.#socket.receive();
    if (datagram === undefined) return false;
    const opened = icmpInIpv4(datagram.bytes);
    const icmp = opened === undefined ? undefined : decodeIcmp(opened.message);
    if (opened === undefined || icmp === undefined || isPacketError(icmp)) return true;
    if (icmp.kind !== 'timestamp-reply' || icmp.identifier !== this.#identifier) return true;
    const key = `${formatAddress(datagram.address)} ${icmp.sequence} ${icmp.originateMs}`;
    this.#queries.answer(key, datagram.ageMicroseconds, (roundTripMicroseconds) => ({
      reason: 'timestamp-reply',
      roundTripMicroseconds,
      ttl: opened.ttl,
    }));
    return true;
  }
}
