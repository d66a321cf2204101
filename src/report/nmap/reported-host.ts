import type { Address } from '#domain/addresses/address.js';
import type { Finding } from '#domain/enrichment/finding.js';
import type { PortRange } from '#domain/ports/port-set.js';
import type { PortState, Reason } from '#domain/ports/port-state.js';
import type { Protocol } from '#domain/ports/protocol.js';

/** Why a part of a report becomes no observation. */
export const NOT_TAKEN = [
  /** A host without an IPv4 or IPv6 address that can be stored. */
  'no-address',
  /** The report does not contain the time at which it was seen. */
  'no-time',
  /** Seen in the future, by the clock of this machine. */
  'future-time',
  /** The host stands in the report before, with all its ports. */
  'repeated-host',
  /** A port of a protocol other than TCP and UDP, or of none. */
  'other-protocol',
  'unknown-state',
  'repeated-port',
  /** Ports that are only counted, without their numbers. */
  'uncertain-ports',
  /** A name that was looked up by the port number, and not seen. */
  'guessed-service',
  /** Several answers that fit alike. */
  'ambiguous-os',
  /** Names and the like of an address that nothing proves to be in use. */
  'no-evidence',
  'script-output',
] as const;
export type NotTaken = (typeof NOT_TAKEN)[number];

export interface ReportedPort {
  readonly protocol: Protocol;
  readonly port: number;
  readonly state: PortState;
  readonly reason: Reason;
}

export interface ReportedRanges {
  readonly protocol: Protocol;
  readonly state: PortState;
  readonly reason: Reason;
  /** Sorted and disjoint. */
  readonly ranges: readonly PortRange[];
}

/** One host of a report as observations. No port is in it twice. */
export interface ReportedHost {
  readonly address: Address;
  /** When its scan began: nothing in it is older, so it never overwrites what is newer. */
  readonly observedAtMs: number;
  /** What proves that the address is in use. */
  readonly evidence: Reason | undefined;
  /** Open, or open|filtered of a host that is proven to be there. */
  readonly listed: readonly ReportedPort[];
  readonly covered: readonly ReportedRanges[];
  /** Only of a host that is proven to be there. */
  readonly findings: readonly Finding[];
}

/** Counts what is not taken. */
export class NotTakenTally {
  readonly #counts = new Map<NotTaken, number>();

  add(why: NotTaken, count = 1): void {
    if (count > 0) this.#counts.set(why, (this.#counts.get(why) ?? 0) + count);
  }

  /** In the order of `NOT_TAKEN`, without what did not happen. */
  counts(): readonly { readonly reason: NotTaken; readonly count: number }[] {
    return NOT_TAKEN.flatMap((reason) => {
      const count = this.#counts.get(reason);
      return count === undefined ? [] : [{ reason, count }];
    });
  }
}
