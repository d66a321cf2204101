import type { Address } from '#domain/addresses/address.js';
import type { AddressSet } from '#domain/addresses/address-set.js';
import { REFUSED_ADDRESSES } from '#domain/addresses/refused-ranges.js';
import type { Probe } from '#domain/scans/plan.js';
import { Freshness } from '#net/send/exclusion-freshness.js';

/** `no-sign-of-life`: only hosts that show themselves are to be asked, and this one did not. */
export const GATE_REFUSALS = ['refused-range', 'excluded', 'no-sign-of-life'] as const;
export type GateRefusal = (typeof GATE_REFUSALS)[number];

/**
 * Leave to send one probe, good for the turn it was given in: an exclusion may be added in the next.
 * Only the type leaves this file, and `#probe` makes it nominal, so code that goes round the gate has
 * nothing it could hand to a probe and does not compile.
 */
class Permit {
  readonly #probe: Probe;

  constructor(probe: Probe) {
    this.#probe = probe;
  }

  get probe(): Probe {
    return this.#probe;
  }
}

/** Leave to send one packet that asks a host and none of its ports, as good for as long. */
class HostPermit {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  get address(): Address {
    return this.#address;
  }
}

export type { HostPermit, Permit };

/** What asks addresses in bulk needs of a gate. */
export interface AddressGate {
  permits(address: Address): boolean;
  /**
   * One word of shared memory that counts the calls of `exclude`: who has looked an address up need not do it
   * again while it stands, in any thread.
   */
  readonly version: Int32Array;
  /** Whether what it knows is recent enough to send by. A gate does not refuse for that: all packets wait. */
  readonly freshness: Freshness;
}

/** The last step before every packet, and the only maker of permits. */
export interface Gate extends AddressGate {
  /** Why an address may not be asked; undefined when it may. */
  refusal(address: Address): GateRefusal | undefined;
  /** A permit for one packet, now; undefined, and counted, when the address is refused. */
  permit(probe: Probe): Permit | undefined;
  /** The same for a packet that asks for no port, such as an echo request. */
  permitHost(address: Address): HostPermit | undefined;
  /** Adds to the exclusions at once: the next `permit` already heeds them. */
  exclude(more: AddressSet): void;
  /** How many permits were refused. */
  readonly refusedCount: number;
  /** What is excluded now. */
  readonly exclusions: AddressSet;
}

export interface GateOptions {
  readonly exclusions: AddressSet;
  /** For ever when absent. */
  readonly freshness?: Freshness;
}

/** The ranges that are nobody's to scan are built in: no option takes them out. */
export function createGate(options: GateOptions): Gate {
  let exclusions = options.exclusions;
  let refusedCount = 0;
  const version = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  function refusal(address: Address): GateRefusal | undefined {
    if (REFUSED_ADDRESSES.contains(address)) return 'refused-range';
    return exclusions.contains(address) ? 'excluded' : undefined;
  }

  return {
    refusal,
    permits: (address) => refusal(address) === undefined,
    permit(probe) {
      if (refusal(probe.address) === undefined) return new Permit(probe);
      refusedCount += 1;
      return undefined;
    },
    permitHost(address) {
      if (refusal(address) === undefined) return new HostPermit(address);
      refusedCount += 1;
      return undefined;
    },
    exclude(more) {
      exclusions = exclusions.union(more);
      Atomics.add(version, 0, 1);
    },
    version,
    freshness: options.freshness ?? Freshness.FOR_EVER,
    get exclusions() {
      return exclusions;
    },
    get refusedCount() {
      return refusedCount;
    },
  };
}
