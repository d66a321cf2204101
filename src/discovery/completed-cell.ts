import type { Address } from '#domain/addresses/address.js';
import { singleRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import type {
  DiscoveryEvents,
  HostResponse,
  Impostor,
  MethodWay,
  MissingMethod,
} from '#net/probe/hosts/host-response.js';

/**
 * What became of one address. It showed a sign of life; was asked by every method there was, without a word; something
 * else answered in its place, so nothing is known of it; or it is excluded, or could not be asked by every method.
 */
export type AddressVerdict = 'alive' | 'unresponsive' | 'disbelieved' | 'unprobed';

export interface CompletedAddress {
  readonly address: Address;
  readonly verdict: AddressVerdict;
  /** Packets that left for it, questions for its name with them. */
  readonly sent: number;
  /** Of one that is alive, and of one that only a name is known of. */
  readonly observation: HostResponse | undefined;
}

/** Everything about the addresses of one cell. */
export interface CompletedCell {
  /** Every address of it, in order. */
  readonly addresses: readonly CompletedAddress[];
  /** Place of its first address among the targets. */
  readonly first: number;
  /** Before the first of them was asked, in milliseconds since 1970-01-01 UTC. */
  readonly beganAtMs: number;
  /** When the last of them was settled, in milliseconds since 1970-01-01 UTC. */
  readonly completedAtMs: number;
  readonly impostors: readonly Impostor[];
  /** Why those that are not excluded could not be asked, a row for each reason. */
  readonly lacks: readonly MissingMethod[];
  /** Addresses whose names the resolver was to be asked for, and of those the ones that it said anything about. */
  readonly names: { readonly wanted: number; readonly answered: number };
  /** Asked for by ARP or neighbour solicitation, and behind a router: other methods alone could ask. */
  readonly offLink: number;
  /** Failures of this machine by their code. */
  readonly failures: ReadonlyMap<string, number>;
}

/** Signs of life that are believed, and names of others. */
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

/** How many things are told of a cell one by one. */
export function listedOf(cell: CompletedCell): number {
  const { impostors, lacks } = cell;
  return observationsIn(cell).length + unresponsiveIn([cell]).ranges.length + impostors.length + lacks.length;
}

/** What is told of cells, one at least, or of a part of one. */
export function eventsOf(cells: readonly CompletedCell[], ways: readonly MethodWay[]): DiscoveryEvents {
  return {
    observations: cells.flatMap(observationsIn),
    impostors: cells.flatMap(({ impostors }) => impostors),
    unresponsiveRanges: unresponsiveIn(cells).ranges,
    beganAtMs: Math.min(...cells.map(({ beganAtMs }) => beganAtMs)),
    lacks: cells.flatMap(({ lacks }) => lacks),
    ways,
  };
}
