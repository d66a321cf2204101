import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPermutation, MAX_PERMUTATION_SIZE } from '#domain/scans/permutation.js';

/** 0 when every value of [0, size) is hit exactly once, else how many hits are wrong. */
function faults(size: number, seed: bigint): number {
  const permute = createPermutation(size, seed);
  const hit = new Uint8Array(size);
  let wrong = 0;
  for (let index = 0; index < size; index++) {
    const position = permute(index);
    if (!Number.isInteger(position) || position < 0 || position >= size || hit[position] === 1) wrong++;
    else hit[position] = 1;
  }
  return wrong;
}

function order(seed: bigint): string {
  return Array.from({ length: 64 }, (_, index) => createPermutation(64, seed)(index)).join();
}

describe('createPermutation', () => {
  test('is a bijection for every small size', () => {
    for (const seed of [0n, 1n, 0xffff_ffffn, 1n << 32n, (1n << 64n) - 1n, 0x1234_5678_9abc_def0n]) {
      for (let size = 1; size <= 300; size++) expect(faults(size, seed)).toBe(0);
    }
  });

  test('is a bijection around powers of two and for the sizes of blocks', () => {
    for (const size of [
      511, 512, 513, 1_023, 1_025, 32_767, 32_768, 32_769, 65_000, 65_535, 65_536, 65_537, 131_070,
    ]) {
      expect(faults(size, 42n)).toBe(0);
    }
  });

  test('is a bijection for any size and seed', () => {
    const seed = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), seed, (size, given) => {
        expect(faults(size, given)).toBe(0);
      }),
    );
  });

  test('keeps huge sizes apart and inside', () => {
    for (const size of [2 ** 30 + 1, 2 ** 31 - 1, MAX_PERMUTATION_SIZE]) {
      const permute = createPermutation(size, 7n);
      const seen = new Set<number>();
      for (let index = 0; index < 50_000; index++) {
        for (const at of [index, size - 1 - index]) {
          const position = permute(at);
          seen.add(position);
          if (position < 0 || position >= size || !Number.isInteger(position))
            expect.fail(`${at} goes to ${position}`);
        }
      }
      expect(seen.size).toBe(100_000);
    }
  });

  test('the high and the low half of the seed both count, and only its low 64 bits', () => {
    const seeds = [0n, 1n, 2n, 1n << 31n, 1n << 32n, 1n << 63n];
    expect(new Set(seeds.map(order)).size).toBe(seeds.length);
    expect(order((1n << 64n) + 5n)).toBe(order(5n));
    expect(order(-1n)).toBe(order((1n << 64n) - 1n));
  });

  test('spreads neighbours', () => {
    const size = 65_536;
    const permute = createPermutation(size, 99n);
    const buckets = 64;
    let together = 0;
    for (let index = 1; index < size; index++) {
      const bucket = (at: number): number => Math.floor((permute(at) * buckets) / size);
      if (bucket(index) === bucket(index - 1)) together++;
    }
    // Chance alone puts size / buckets = 1,024 neighbours into one bucket; its standard deviation is 32.
    expect(Math.abs(together - size / buckets)).toBeLessThan(8 * 32);
  });

  test('is the order that stored checkpoints rely on', () => {
    const permute = createPermutation(1_000, 0x5ca9_04a3_0000_0001n);
    expect(Array.from({ length: 12 }, (_, index) => permute(index))).toEqual([
      687, 31, 51, 325, 517, 727, 525, 804, 807, 195, 774, 549,
    ]);
  });

  test.each([0, -1, 1.5, Number.NaN, MAX_PERMUTATION_SIZE + 1])('size %d throws', (size) => {
    expect(() => createPermutation(size, 0n)).toThrow(RangeError);
  });
});
