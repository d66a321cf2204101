import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CELL_ADDRESSES, cellsOf } from '#discovery/cells.js';
import type { AddressRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';

const smallRange: fc.Arbitrary<AddressRange> = fc
  .record({
    family: fc.constantFrom(4 as const, 6 as const),
    start: fc.nat(3_000),
    length: fc.nat(400),
  })
  .map(({ family, start, length }) => ({ family, first: BigInt(start), last: BigInt(start + length) }));

describe('cells', () => {
  test('hold every address of a set once, in order, each in its aligned group', () => {
    fc.assert(
      fc.property(fc.array(smallRange, { maxLength: 4 }), (ranges) => {
        const set = AddressSet.of(ranges);
        const cells = [...cellsOf(set)];
        const addresses = cells.flatMap((cell) => cell.addresses);
        expect(addresses).toEqual(Array.from({ length: Number(set.size) }, (_, at) => set.nth(BigInt(at))));
        expect(new Set(cells.map(({ family, base }) => `${family} ${base}`)).size).toBe(cells.length);
        const misplaced = cells.filter(({ family, base, addresses: own }) =>
          own.some(
            (one) => one.family !== family || one.value - (one.value % BigInt(CELL_ADDRESSES)) !== base,
          ),
        );
        expect(misplaced).toEqual([]);
        expect(cells.every(({ addresses: own }) => own.length > 0)).toBe(true);
      }),
    );
  });

  test('of the whole address space are generated one by one', () => {
    const cells = cellsOf(AddressSet.parse(['0.0.0.0/0', '::/0']));
    expect(cells.next().value).toMatchObject({ family: 4, base: 0n });
    expect(cells.next().value).toMatchObject({ family: 4, base: 256n });
  });
});
