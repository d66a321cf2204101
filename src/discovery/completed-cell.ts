import type { Address } from '#domain/addresses/address.js';
import { singleRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import type {
  DiscoveryEvents,
  HostResponse,
  Impostor,
  MethodStatus,
  MissingMethod,
} from '#net/probe/hosts/host-response.js';

/**
 * Result for one address. `alive`: it responded. `unresponsive`: every available method probed it without a response.
 * `disbelieved`: an impostor answered in its place, so nothing is known of it. `unprobed`: it is excluded, or could not
 * be probed by every method.
 */
export type AddressVerdict = 'alive' | 'unresponsive' | 'disbelieved' | 'unprobed';

export interface CompletedAddress {
  readonly address: Address;
  readonly verdict: AddressVerdict;
  /** Packets sent for it, including reverse lookups of its name. */
  readonly sent: number;
  /** Set for an address that is alive, and for one of which only a name is known. */
  readonly observation: HostResponse | undefined;
}

/** Everything about the addresses of one cell. */
export interface CompletedCell {
  /** Every address of it, in order. */
  readonly addresses: readonly CompletedAddress[];
  /** Index of its first address among the targets. */
  readonly first: number;
  /** Before the first of them was probed, in milliseconds since 1970-01-01 UTC. */
  readonly beganAtMs: number;
  /** When the last of them was complete, in milliseconds since 1970-01-01 UTC. */
  readonly completedAtMs: number;
  readonly impostors: readonly Impostor[];
  /** Why addresses that are not excluded could not be probed, one entry for each reason. */
  readonly lacks: readonly MissingMethod[];
  /** Addresses for which a reverse lookup was wanted, and how many of those the resolver answered. */
  readonly names: { readonly wanted: number; readonly answered: number };
  /**
   * Addresses behind a router, which ARP and neighbor solicitation cannot reach: only other methods could probe them.
   */
  readonly offLink: number;
  /** Failures of this machine to send, by error code. */
  readonly failures: ReadonlyMap<string, number>;
}

/** Responses that are believed, and the names of addresses that did not respond. */
export function observationsIn({ addresses }: Pick<CompletedCell, 'addresses'>): HostResponse[] {
  return addresses.flatMap(({ observation }) => (observation === undefined ? [] : [observation]));
}

export function withVerdict(
  wanted: AddressVerdict,
  { addresses }: Pick<CompletedCell, 'addresses'>,
): Address[] {
  return addresses.filter(({ verdict }) => verdict === wanted).map(({ address }) => address);
}

export function unresponsiveIn(cells: readonly Pick<CompletedCell, 'addresses'>[]): AddressSet {
  return AddressSet.of(cells.flatMap((cell) => withVerdict('unresponsive', cell).map(singleRange)));
}

/** How many items a report of the cell lists: observations, unresponsive ranges, impostors and lacks. */
export function listedOf(cell: CompletedCell): number {
  const { impostors, lacks } = cell;
  return observationsIn(cell).length + unresponsiveIn([cell]).ranges.length + impostors.length + lacks.length;
}

/** Combines one or more cells, or a part of one, into the events of a discovery run. */
export function eventsOf(
  cells: readonly CompletedCell[],
  methodStatuses: readonly MethodStatus[],
): DiscoveryEvents {
  return {
    observations: cells.flatMap(observationsIn),
    impostors: cells.flatMap(({ impostors }) => impostors),
    unresponsiveRanges: unresponsiveIn(cells).ranges,
    beganAtMs: Math.min(...cells.map(({ beganAtMs }) => beganAtMs)),
    lacks: cells.flatMap(({ lacks }) => lacks),
    methodStatuses,
  };
}
