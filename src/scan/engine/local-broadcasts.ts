import { networkInterfaces } from 'node:os';
import { type Address, addressBits, parseAddress } from '#domain/addresses/address.js';
import type { Clock } from '#domain/time/clock.js';
import type { Outcome } from '#net/probe/ports/outcome.js';

/** For how long what the system said of its interfaces is taken for true. */
const POLL_MS = 1_000;
/** A network of one or two addresses has none for everybody. */
const SHORTEST_HOST_BITS = 2;

type Interfaces = ReturnType<typeof networkInterfaces>;

/** What comes of an address that is nobody's: the system lets no probe to everybody out, and nobody would answer to it. */
export const NOBODYS: Outcome = { state: 'filtered', reason: 'net-unreach' };

/**
 * The broadcast addresses of the networks that this machine is in. For the system no way of asking leads there, though the way is
 * whole: without knowing them, no scan of one's own network would be complete.
 */
export class OwnBroadcasts {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #read: () => Interfaces;
  #values: ReadonlySet<bigint> = new Set();
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonic'>, read: () => Interfaces = networkInterfaces) {
    this.#clock = clock;
    this.#read = read;
  }

  has({ family, value }: Address): boolean {
    if (family === 6) return false;
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#readAtMs >= POLL_MS) {
      this.#readAtMs = nowMs;
      this.#values = new Set(
        Object.values(this.#read()).flatMap((known) => known?.flatMap(broadcastOf) ?? []),
      );
    }
    return this.#values.has(value);
  }
}

function broadcastOf({ family, address, cidr }: NonNullable<Interfaces[string]>[number]): bigint[] {
  const own = family === 'IPv4' ? parseAddress(address) : undefined;
  const hostBits = addressBits(4) - Number(cidr?.split('/')[1] ?? addressBits(4));
  if (own === undefined || hostBits < SHORTEST_HOST_BITS) return [];
  return [own.value | ((1n << BigInt(hostBits)) - 1n)];
}
