import { type Address, addressBits } from '#domain/addresses/address.js';
import type { Clock } from '#domain/time/clock.js';
import { IpSocket } from '#net/native/sockets/ip-socket.js';
import { DNS_TYPE, decodeDnsResponse, encodeDnsQuery } from '#net/packet/dns-message.js';
import { isPacketError } from '#net/packet/packet-error.js';
import type { ProbeOptions } from '#net/probe/hosts/host-probe.js';
import type { ProbeFailure } from '#net/probe/ports/outcome.js';
import { localFailure, OutstandingQueries } from '#net/probe/ports/outstanding-queries.js';
import type { HostPermit } from '#net/send/gate.js';

const SUCCESS = 0;
const NO_SUCH_NAME = 3;

/** A resolver to ask; always named by whoever wants the answers, never the machine's own by default. */
export interface Resolver {
  readonly address: Address;
  readonly port: number;
}

export interface NamesAnswer {
  /** None where the resolver says that there is none. */
  readonly names: readonly string[];
  /** The resolver could not or would not tell, so nothing follows. */
  readonly isRefused: boolean;
  readonly roundTripMicroseconds: number;
}

export type NamesResult = NamesAnswer | ProbeFailure | undefined;

export interface PtrOptions {
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

/**
 * Asks one resolver for the names of addresses. Believed is only what comes from it, to the random port of this
 * socket, with the identifier and the question that were sent.
 */
export class PtrProbe {
  readonly resolver: Resolver;
  readonly #socket: IpSocket;
  readonly #randomBytes: PtrOptions['randomBytes'];
  readonly #queries: OutstandingQueries<NamesAnswer>;

  /** Throws SocketError when no route leads to the resolver. */
  constructor({ resolver, clock, randomBytes }: PtrOptions) {
    this.resolver = resolver;
    this.#randomBytes = randomBytes;
    this.#socket = new IpSocket({ family: resolver.address.family, type: 'datagram', protocol: 0 });
    this.#socket.connect(resolver);
    this.#queries = new OutstandingQueries({ clock, readOne: () => this.#readOne() });
  }

  /** `permit` is for the resolver: that is where the packet goes. Sends it before it returns. Never rejects. */
  probe(permit: HostPermit, address: Address, options: ProbeOptions): Promise<NamesResult> {
    if (!isSame(permit.address, this.resolver.address)) return Promise.resolve(localFailure('EACCES'));
    const [high = 0, low = 0] = this.#randomBytes(2);
    const identifier = (high << 8) | low;
    const name = reverseName(address);
    const bytes = encodeDnsQuery(identifier, { name, type: DNS_TYPE.ptr });
    return this.#queries.probe(`${identifier} ${name}`, () => this.#socket.send(bytes), options);
  }

  close(): void {
    this.#queries.close();
    this.#socket.close();
  }

  #readOne(): boolean {
    const datagram = this.#socket.receive();
    if (datagram === undefined) return false;
    const response = decodeDnsResponse(datagram.bytes);
    if (isPacketError(response) || response.question.type !== DNS_TYPE.ptr) return true;
    const { identifier, question, responseCode, pointers } = response;
    const key = `${identifier} ${question.name.toLowerCase()}`;
    this.#queries.answer(key, datagram.ageMicroseconds, (roundTripMicroseconds) => ({
      names: responseCode === SUCCESS ? pointers : [],
      isRefused: responseCode !== SUCCESS && responseCode !== NO_SUCH_NAME,
      roundTripMicroseconds,
    }));
    return true;
  }
}

/** Where the names of an address are kept: 1.0.18.198.in-addr.arpa, or its 32 digits under ip6.arpa. */
export function reverseName({ family, value }: Address): string {
  const bitsPerLabel = family === 4 ? 8n : 4n;
  const labels = Array.from({ length: addressBits(family) / Number(bitsPerLabel) }, (_, at) => {
    const label = (value >> (BigInt(at) * bitsPerLabel)) & ((1n << bitsPerLabel) - 1n);
    return label.toString(family === 4 ? 10 : 16);
  });
  return `${labels.join('.')}.${family === 4 ? 'in-addr' : 'ip6'}.arpa`;
}

function isSame(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}
