import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkBuilder, type CompletedChunk, outcomeCode } from '#scan/results/completed-chunk.js';
import { MAX_AHEAD_POSITIONS, MAX_HELD_POSITIONS, Settlement } from '#scan/results/completion.js';

const OPEN = outcomeCode({ state: 'open', reason: 'syn-ack' });

/** Rows that tell their position by their instant. */
function chunkOfPositions(positions: readonly number[], attempts = 1): CompletedChunk {
  const builder = new ChunkBuilder(positions.length);
  for (const position of positions) {
    builder.add(position, OPEN, {
      attempts,
      roundTripMicroseconds: position % 1_000,
      observedAtMs: position,
    });
  }
  return builder.take();
}

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

/** The positions that were taken, read from their rows. */
function take(settlement: Settlement, maxPositions: number): number[] {
  const { first, count, observedAtMs, roundTripsMicroseconds, outcomes } = settlement.take(maxPositions);
  expect([...observedAtMs]).toEqual(range(first, first + count));
  expect([...roundTripsMicroseconds]).toEqual([...observedAtMs].map((position) => position % 1_000));
  expect([...outcomes].every((code) => code === OPEN)).toBe(true);
  return [...observedAtMs];
}

describe('settlement', () => {
  it('is ready only up to the first gap', () => {
    const settlement = new Settlement(3);
    settlement.add(chunkOfPositions([4, 6, 7]));
    expect(settlement.readyCount).toBe(0);
    expect(take(settlement, 9)).toEqual([]);
    settlement.add(chunkOfPositions([3]));
    expect(settlement.readyCount).toBe(2);
    expect(settlement.aheadCount).toBe(2);
    settlement.add(chunkOfPositions([5]));
    expect(take(settlement, 4)).toEqual([3, 4, 5, 6]);
    expect(settlement.checkpoint).toBe(7);
    expect(take(settlement, 4)).toEqual([7]);
  });

  it('keeps the first observation and counts what comes again or late', () => {
    const settlement = new Settlement(0);
    settlement.add(chunkOfPositions([1]));
    settlement.add(chunkOfPositions([1], 2));
    settlement.add(chunkOfPositions([0]));
    settlement.add(chunkOfPositions([0], 2));
    expect([...settlement.take(2).attempts]).toEqual([1, 1]);
    settlement.add(chunkOfPositions([1], 3));
    expect(settlement.droppedCount).toBe(3);
    expect(settlement.readyCount).toBe(0);
    expect(settlement.aheadCount).toBe(0);
  });

  it('refuses to hold more than its bounds', () => {
    const gap = new Settlement(0);
    gap.add(chunkOfPositions([MAX_AHEAD_POSITIONS - 1]));
    expect(() => gap.add(chunkOfPositions([MAX_AHEAD_POSITIONS]))).toThrow(/too far ahead/);
    const ready = new Settlement(0);
    ready.add(chunkOfPositions(range(0, MAX_HELD_POSITIONS)));
    expect(() => ready.add(chunkOfPositions([MAX_HELD_POSITIONS]))).toThrow(/too far ahead/);
    expect(ready.take(MAX_HELD_POSITIONS).count).toBe(MAX_HELD_POSITIONS);
  });

  it('grows without losing a row, also where its ring begins in the middle, and far out in a plan', () => {
    for (const first of [0, 10_000, 2 ** 52 + 12_345]) {
      const settlement = new Settlement(first);
      settlement.add(chunkOfPositions(range(first, first + 9_000)));
      expect(take(settlement, 8_000)).toHaveLength(8_000);
      settlement.add(chunkOfPositions([first + 100_000, first + 30_000]));
      settlement.add(chunkOfPositions(range(first + 9_000, first + 100_001)));
      expect(settlement.droppedCount).toBe(2);
      expect(take(settlement, 200_000)).toHaveLength(92_001);
    }
  });

  it('gives each position once, in order and without a gap, whatever order they settle in', () => {
    const order = fc
      .integer({ min: 1, max: 60 })
      .chain((count) =>
        fc.tuple(
          fc.shuffledSubarray(range(0, count), { minLength: count }),
          fc.array(fc.nat(count - 1)),
          fc.integer({ min: 1, max: 9 }),
        ),
      );
    fc.assert(
      fc.property(order, ([shuffled, again, batch]) => {
        const settlement = new Settlement(0);
        const taken: number[] = [];
        for (const [index, position] of shuffled.entries()) {
          settlement.add(chunkOfPositions([position]));
          if (index % 3 === 0) taken.push(...take(settlement, batch));
          for (const repeated of again.splice(0, 1))
            if (shuffled.indexOf(repeated) <= index) settlement.add(chunkOfPositions([repeated]));
        }
        while (settlement.readyCount > 0) taken.push(...take(settlement, batch));
        expect(taken).toEqual(shuffled.toSorted((a, b) => a - b));
        expect(settlement.checkpoint).toBe(shuffled.length);
      }),
    );
  });
});
