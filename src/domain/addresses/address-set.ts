import type { Address, AddressFamily } from '#domain/addresses/address.js';
import { type AddressRange, formatRange, isRange, parseRange } from '#domain/addresses/address-range.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { lastWhere } from '#domain/text/last-where.js';
import { clip, quote } from '#domain/text/quote.js';

export type { AddressRange } from '#domain/addresses/address-range.js';

/**
 * An immutable set of addresses, kept as sorted, disjoint, non-adjacent ranges: its cost is the number of
 * ranges, never the number of addresses. Order is that of `compareAddresses`.
 */
export class AddressSet {
  static readonly EMPTY: AddressSet = new AddressSet([]);

  readonly ranges: readonly AddressRange[];
  readonly size: bigint;
  /** How many addresses lie before each range. */
  readonly #before: readonly bigint[];

  private constructor(ranges: readonly AddressRange[]) {
    this.ranges = ranges;
    const before: bigint[] = [];
    let size = 0n;
    for (const range of ranges) {
      before.push(size);
      size += range.last - range.first + 1n;
    }
    this.#before = before;
    this.size = size;
  }

  /** Ranges may come in any order and overlap. Throws RangeError when one runs backwards or leaves its family. */
  static of(ranges: Iterable<AddressRange>): AddressSet {
    const sorted = [...ranges];
    for (const range of sorted) {
      if (!isRange(range)) throw new RangeError(`not a range: ${range.family} ${range.first}-${range.last}`);
    }
    sorted.sort(compareRanges);
    return new AddressSet(merge(sorted));
  }

  /** Inverse of `toTexts`. Throws `invalid_target` for a word that is not an address, network or range. */
  static parse(texts: readonly string[]): AddressSet {
    return AddressSet.of(
      texts.map((text) => {
        const range = parseRange(text);
        if (range !== undefined) return range;
        throw new ScanoramaError('invalid_target', `${quote(text)} is not an address, network or range.`, {
          at: clip(text),
        });
      }),
    );
  }

  /** Of its addresses, each once. */
  get families(): AddressFamily[] {
    return [...new Set(this.ranges.map(({ family }) => family))];
  }

  contains(address: Address): boolean {
    const range = this.ranges[this.#rangeIndexOf(address)];
    return range !== undefined && range.family === address.family && address.value <= range.last;
  }

  /** The address at `index`, 0 ≤ index < size, in the order of the set. Throws RangeError outside. */
  nth(index: bigint): Address {
    if (index < 0n || index >= this.size)
      throw new RangeError(`no address ${index} in a set of ${this.size}`);
    const at = lastWhere(this.ranges.length, (i) => (this.#before[i] ?? 0n) <= index);
    const range = this.ranges[at];
    if (range === undefined) throw new RangeError(`no range ${at}`);
    return { family: range.family, value: range.first + index - (this.#before[at] ?? 0n) };
  }

  /** The addresses from index `first` up to but not including `end`; what lies outside the set is left out. */
  slice(first: bigint, end: bigint): AddressSet {
    const kept: AddressRange[] = [];
    for (const [at, range] of this.ranges.entries()) {
      const before = this.#before[at] ?? 0n;
      const from = range.first + (first > before ? first - before : 0n);
      const afterEnd = range.first + (end - before);
      const last = afterEnd <= range.last ? afterEnd - 1n : range.last;
      if (from <= last) kept.push({ family: range.family, first: from, last });
    }
    return new AddressSet(kept);
  }

  union(other: AddressSet): AddressSet {
    return new AddressSet(merge([...this.ranges, ...other.ranges].sort(compareRanges)));
  }

  intersect(other: AddressSet): AddressSet {
    const shared: AddressRange[] = [];
    let i = 0;
    let j = 0;
    for (;;) {
      const a = this.ranges[i];
      const b = other.ranges[j];
      if (a === undefined || b === undefined) return new AddressSet(shared);
      if (a.family === b.family) {
        const first = a.first > b.first ? a.first : b.first;
        const last = a.last < b.last ? a.last : b.last;
        if (first <= last) shared.push({ family: a.family, first, last });
      }
      if (compareEnds(a, b) <= 0) i++;
      else j++;
    }
  }

  subtract(other: AddressSet): AddressSet {
    const kept: AddressRange[] = [];
    let j = 0;
    for (const { family, first, last } of this.ranges) {
      let cursor = first;
      for (let hole = other.ranges[j]; hole !== undefined; hole = other.ranges[++j]) {
        if (hole.family > family || (hole.family === family && hole.first > last)) break;
        if (hole.family < family || hole.last < cursor) continue;
        if (hole.first > cursor) kept.push({ family, first: cursor, last: hole.first - 1n });
        cursor = hole.last + 1n;
        // The hole may reach into the next range: leave it for that one.
        if (hole.last >= last) break;
      }
      if (cursor <= last) kept.push({ family, first: cursor, last });
    }
    return new AddressSet(kept);
  }

  /** Canonical words, one a range: an address, a CIDR when the range is one network, else `first-last`. */
  toTexts(): string[] {
    return this.ranges.map(formatRange);
  }

  /** Index of the last range that starts at or before the address, -1 when none does. */
  #rangeIndexOf(address: Address): number {
    return lastWhere(this.ranges.length, (i) => {
      const range = this.ranges[i];
      if (range === undefined) return false;
      if (range.family !== address.family) return range.family < address.family;
      return range.first <= address.value;
    });
  }
}

function compareRanges(a: AddressRange, b: AddressRange): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.first === b.first) return 0;
  return a.first < b.first ? -1 : 1;
}

function compareEnds(a: AddressRange, b: AddressRange): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.last === b.last) return 0;
  return a.last < b.last ? -1 : 1;
}

function merge(sorted: readonly AddressRange[]): AddressRange[] {
  const merged: AddressRange[] = [];
  for (const range of sorted) {
    const previous = merged.at(-1);
    if (previous === undefined || previous.family !== range.family || range.first > previous.last + 1n) {
      merged.push(range);
    } else if (range.last > previous.last) {
      merged[merged.length - 1] = { ...previous, last: range.last };
    }
  }
  return merged;
}
