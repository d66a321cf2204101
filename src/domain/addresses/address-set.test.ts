import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Address,
  type AddressFamily,
  compareAddresses,
  formatAddress,
  lastValue,
} from '#domain/addresses/address.js';
import { type AddressRange, AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';

/** Bases where ranges meet the ends of a family or of a 16-bit group; offsets stay small so that a set can be listed. */
const BASES: readonly { family: AddressFamily; base: bigint }[] = [
  { family: 4, base: 0n },
  { family: 4, base: lastValue(4) - 31n },
  { family: 6, base: 0n },
  { family: 6, base: 0xffff_0000_0000n - 16n },
  { family: 6, base: lastValue(6) - 31n },
];
const smallRange: fc.Arbitrary<AddressRange> = fc
  .tuple(fc.constantFrom(...BASES), fc.bigInt({ min: 0n, max: 31n }), fc.bigInt({ min: 0n, max: 31n }))
  .map(([{ family, base }, a, b]) => ({
    family,
    first: base + (a < b ? a : b),
    last: base + (a < b ? b : a),
  }));
const smallRanges = fc.array(smallRange, { maxLength: 8 });
const anyRange: fc.Arbitrary<AddressRange> = fc.constantFrom<AddressFamily>(4, 6).chain((family) => {
  const value = fc.bigInt({ min: 0n, max: lastValue(family) });
  return fc.tuple(value, value).map(([a, b]) => ({ family, first: a < b ? a : b, last: a < b ? b : a }));
});

function* addressesOf(ranges: Iterable<AddressRange>): Generator<Address> {
  for (const { family, first, last } of ranges) {
    for (let value = first; value <= last; value++) yield { family, value };
  }
}

/** The model: addresses one by one, in order, each once. */
function listed(ranges: Iterable<AddressRange>): string[] {
  const all = [...addressesOf(ranges)].sort(compareAddresses).map(key);
  return all.filter((entry, at) => entry !== all[at - 1]);
}

function key({ family, value }: Address): string {
  return `${family} ${formatAddress({ family, value })}`;
}

describe('AddressSet', () => {
  test('normalises, counts, contains and indexes like the list of its addresses', () => {
    fc.assert(
      fc.property(smallRanges, (ranges) => {
        const set = AddressSet.of(ranges);
        const expected = listed(ranges);
        expect([...addressesOf(set.ranges)].map(key)).toEqual(expected);
        expect(set.size).toBe(BigInt(expected.length));
        expect(expected.map((_, at) => key(set.nth(BigInt(at))))).toEqual(expected);
        const members = new Set(expected);
        for (const { family, base } of BASES) {
          for (let value = base; value <= base + 31n; value++) {
            expect(set.contains({ family, value })).toBe(members.has(key({ family, value })));
          }
        }
        for (const [at, range] of set.ranges.entries()) {
          const next = set.ranges[at + 1];
          if (next?.family === range.family) expect(next.first).toBeGreaterThan(range.last + 1n);
        }
      }),
    );
  });

  test('union, subtract and intersect are those of sets', () => {
    fc.assert(
      fc.property(smallRanges, smallRanges, (left, right) => {
        const [a, b] = [AddressSet.of(left), AddressSet.of(right)];
        const [inA, inB] = [listed(left), new Set(listed(right))];
        expect([...addressesOf(a.union(b).ranges)].map(key)).toEqual(listed([...left, ...right]));
        expect([...addressesOf(a.subtract(b).ranges)].map(key)).toEqual(
          inA.filter((entry) => !inB.has(entry)),
        );
        expect([...addressesOf(a.intersect(b).ranges)].map(key)).toEqual(
          inA.filter((entry) => inB.has(entry)),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('holds the laws of sets at any size', () => {
    const sets = fc.array(anyRange, { maxLength: 6 }).map((ranges) => AddressSet.of(ranges));
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const shared = a.intersect(b);
        expect(a.union(b).size).toBe(a.size + b.size - shared.size);
        expect(a.subtract(b).size).toBe(a.size - shared.size);
        expect(a.subtract(b).intersect(b).size).toBe(0n);
        expect(a.subtract(b).union(shared).toTexts()).toEqual(a.toTexts());
        expect(b.intersect(a).toTexts()).toEqual(shared.toTexts());
      }),
      { numRuns: 300 },
    );
  });

  test('parse is the inverse of toTexts', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(smallRange, anyRange), { maxLength: 8 }), (ranges) => {
        const set = AddressSet.of(ranges);
        expect(AddressSet.parse(set.toTexts()).ranges).toEqual(set.ranges);
      }),
      { numRuns: 500 },
    );
  });

  test('nth finds its way through huge sets', () => {
    const set = AddressSet.parse(['198.18.0.0/15', 'fd00::/8']);
    expect(set.size).toBe(131_072n + (1n << 120n));
    expect(formatAddress(set.nth(131_071n))).toBe('198.19.255.255');
    expect(formatAddress(set.nth(131_072n))).toBe('fd00::');
    expect(formatAddress(set.nth(set.size - 1n))).toBe('fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff');
  });

  test('words are canonical', () => {
    const texts = [
      '198.18.1.0/24',
      '198.18.0.0/24',
      '198.18.9.1',
      'fd00::1-fd00::3',
      '198.18.9.3',
      '198.18.9.2',
    ];
    expect(AddressSet.parse(texts).toTexts()).toEqual([
      '198.18.0.0/23',
      '198.18.9.1-198.18.9.3',
      'fd00::1-fd00::3',
    ]);
    expect(AddressSet.EMPTY.toTexts()).toEqual([]);
  });

  test('an index outside throws', () => {
    const set = AddressSet.parse(['198.18.0.0/24']);
    expect(() => set.nth(256n)).toThrow(RangeError);
    expect(() => set.nth(-1n)).toThrow(RangeError);
    expect(() => AddressSet.EMPTY.nth(0n)).toThrow(RangeError);
  });

  test.each([
    { family: 4, first: 2n, last: 1n },
    { family: 4, first: -1n, last: 1n },
    { family: 4, first: 0n, last: 1n << 32n },
    { family: 6, first: 0n, last: 1n << 128n },
  ] as const)('a range that is none throws: $first-$last', (range) => {
    expect(() => AddressSet.of([range])).toThrow(RangeError);
  });

  test.each(['', '198.18.0.1-40', 'host.example', '198.18.0.0/33', '127.1'])(
    'the word %j is refused',
    (text) => {
      expect(() => AddressSet.parse([text])).toThrow(ScanoramaError);
    },
  );
});

describe('slice', () => {
  test('has the addresses of its indices, whatever lies outside the set left out', () => {
    fc.assert(
      fc.property(smallRanges, fc.nat(300), fc.nat(300), (ranges, a, b) => {
        const set = AddressSet.of(ranges);
        const [first, end] = a < b ? [a, b] : [b, a];
        const all = Array.from({ length: Number(set.size) }, (_, at) => set.nth(BigInt(at)));
        const sliced = set.slice(BigInt(first), BigInt(end));
        expect([...addressesOf(sliced.ranges)]).toEqual(all.slice(first, end));
      }),
    );
  });
});
