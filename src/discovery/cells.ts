import type { Address, AddressFamily } from '#domain/addresses/address.js';
import type { AddressSet } from '#domain/addresses/address-set.js';

/** Size of a cell: an aligned group of addresses that are probed and judged together, a /24 in IPv4. */
export const CELL_ADDRESSES = 256;
const CELL_SIZE = BigInt(CELL_ADDRESSES);

export interface Cell {
  readonly family: AddressFamily;
  /** Value of the first address of the group, whether or not it is probed. */
  readonly base: bigint;
  /** The addresses of the set in the group, in order; at least one. */
  readonly addresses: readonly Address[];
  /** Index of its first address among those of the set. */
  readonly first: number;
}

/** Yields the whole set cell by cell, with never more than one cell in memory. */
export function* cellsOf(targets: AddressSet): Generator<Cell, undefined> {
  let open: { family: AddressFamily; base: bigint; addresses: Address[]; first: number } | undefined;
  let count = 0;
  for (const { family, first, last } of targets.ranges) {
    for (let base = baseOf(first); base <= last; base += CELL_SIZE) {
      if (open !== undefined && (open.family !== family || open.base !== base)) {
        yield open;
        open = undefined;
      }
      open ??= { family, base, addresses: [], first: count };
      const from = first > base ? first : base;
      const to = last < base + CELL_SIZE - 1n ? last : base + CELL_SIZE - 1n;
      for (let value = from; value <= to; value++) open.addresses.push({ family, value });
      count += Number(to - from) + 1;
    }
  }
  if (open !== undefined) yield open;
  return undefined;
}

function baseOf(value: bigint): bigint {
  return value - (value % CELL_SIZE);
}
