import type { Address } from '#domain/addresses/address.js';
import type { AddressSet } from '#domain/addresses/address-set.js';
import { REFUSED_ADDRESSES } from '#domain/addresses/refused-ranges.js';
import type { Probe } from '#domain/scans/plan.js';
import { Freshness } from '#net/send/exclusion-freshness.js';

/** `no-sign-of-life`: only live hosts are to be probed, and this one did not respond to host discovery. */
export const GATE_REFUSALS = ['refused-range', 'excluded', 'no-sign-of-life'] as const;
export type GateRefusal = (typeof GATE_REFUSALS)[number];

/**
 * Permission to send one probe, valid only in the event loop turn in which it was given: an exclusion may be added in
 * the next. Only the type is exported, and `#probe` makes it nominal, so code that bypasses the gate has no value to
 * pass to a probe and does not compile.
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

/** Permission to send one packet to a host and none of its ports, valid for as long as a `Permit`. */
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

/** The part of a gate that bulk probing of addresses needs. */
export interface AddressGate {
  permits(address: Address): boolean;
  /**
   * A counter in shared memory of the calls of `exclude`. While it is unchanged, an earlier result of `permits` still
   * holds, in any thread.
   */
  readonly version: Int32Array;
  /** Whether the exclusions are recent enough to send by. A gate does not refuse for that: all packets wait. */
  readonly freshness: Freshness;
}

/** The last check before every packet, and the only source of permits. */
export interface Gate extends AddressGate {
  /** Why an address may not be probed; undefined when it may. */
  refusal(address: Address): GateRefusal | undefined;
  /** A permit for one packet, now; undefined, and counted, when the address is refused. */
  permit(probe: Probe): Permit | undefined;
  /** Like `permit`, for a packet to no port, such as an echo request. */
  permitHost(address: Address): HostPermit | undefined;
  /** Adds to the exclusions at once: the next `permit` applies them. */
  exclude(more: AddressSet): void;
  /** How many permits were refused. */
  readonly refusedCount: number;
  /** What is excluded now. */
  readonly exclusions: AddressSet;
}

export interface GateOptions {
  readonly exclusions: AddressSet;
  /** (default: never expires) */
  readonly freshness?: Freshness;
}

/** The addresses that must never be scanned (`REFUSED_ADDRESSES`) are built in: no option permits them. */
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
