import type { Address } from '#domain/address.js';
import { singleRange } from '#domain/address-range.js';
import { AddressSet } from '#domain/address-set.js';
import type { Impostor, MethodWay, Sighting, SweepLack, SweepNews } from '#probe/sighting.js';

/** What became of one address; of a `disbelieved` one something else answered in its place. */
export type AddressVerdict = 'alive' | 'silent' | 'disbelieved' | 'unasked';

export interface SettledAddress {
  readonly address: Address;
  readonly verdict: AddressVerdict;
  /** Packets that left for it, questions for its name with them. */
  readonly sent: number;
  /** Of one that is alive, and of one that only a name is known of. */
  readonly sighting: Sighting | undefined;
}

/** Everything about the addresses of one cell; each is in one of the four, or only of it a name is known. */
export interface SettledCell {
  /** Every address of it, in order. */
  readonly addresses: readonly SettledAddress[];
  /** Place of its first address among the targets. */
  readonly first: number;
  /** Before the first of them was asked, in milliseconds since 1970-01-01 UTC. */
  readonly beganAtMs: number;
  /** When the last of them was settled, in milliseconds since 1970-01-01 UTC. */
  readonly settledAtMs: number;
  /** Signs of life that are believed, and names of others. */
  readonly sightings: readonly Sighting[];
  /** How many addresses the cell has. */
  readonly size: number;
  /** How many addresses showed a sign of life. */
  readonly alive: number;
  /** Asked by every method there was, without a word. */
  readonly silent: readonly Address[];
  /** Something answered in their place, so nothing is known of them. */
  readonly disbelieved: readonly Address[];
  /** Excluded, or this machine could not ask by every method. */
  readonly unasked: readonly Address[];
  readonly impostors: readonly Impostor[];
  /** Why those that are not excluded could not be asked, a row for each reason. */
  readonly lacks: readonly SweepLack[];
  /** Asked for by ARP or neighbour solicitation, and behind a router: other methods alone could ask. */
  readonly offLink: number;
  /** Failures of this machine by their code. */
  readonly failures: ReadonlyMap<string, number>;
}

/** What is told of cells, one at least. */
export function newsOf(cells: readonly SettledCell[], ways: readonly MethodWay[]): SweepNews {
  return {
    sightings: cells.flatMap(({ sightings }) => sightings),
    impostors: cells.flatMap(({ impostors }) => impostors),
    silent: sumOf(cells, ({ silent }) => silent.length),
    silentRanges: AddressSet.of(cells.flatMap(({ silent }) => silent.map(singleRange))).ranges,
    beganAtMs: Math.min(...cells.map(({ beganAtMs }) => beganAtMs)),
    disbelieved: sumOf(cells, ({ disbelieved }) => disbelieved.length),
    unasked: sumOf(cells, ({ unasked }) => unasked.length),
    lacks: cells.flatMap(({ lacks }) => lacks),
    ways,
  };
}

function sumOf<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0);
}
