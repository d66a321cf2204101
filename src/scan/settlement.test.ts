import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Settled } from '#scan/engine.js';
import { MAX_AHEAD_POSITIONS, Settlement } from '#scan/settlement.js';

function settled(position: number, attempts = 1): Settled {
  const address = { family: 4, value: 0x7f00_0001n } as const;
  return {
    position,
    attempts,
    observedAtMs: 0,
    probe: { address, protocol: 'tcp', port: 1 },
    outcome: 'skipped',
  };
}

function positions(taken: readonly Settled[]): number[] {
  return taken.map(({ position }) => position);
}

describe('settlement', () => {
  it('is ready only up to the first gap', () => {
    const settlement = new Settlement(3);
    for (const position of [4, 6, 7]) settlement.add(settled(position));
    expect(settlement.readyCount).toBe(0);
    expect(settlement.take(9)).toEqual([]);
    settlement.add(settled(3));
    expect(settlement.readyCount).toBe(2);
    expect(settlement.aheadCount).toBe(2);
    settlement.add(settled(5));
    expect(positions(settlement.take(4))).toEqual([3, 4, 5, 6]);
    expect(settlement.checkpoint).toBe(7);
    expect(positions(settlement.take(4))).toEqual([7]);
  });

  it('keeps the first observation and counts what comes again or late', () => {
    const settlement = new Settlement(0);
    settlement.add(settled(1));
    settlement.add(settled(1, 2));
    settlement.add(settled(0));
    settlement.add(settled(0, 2));
    expect(settlement.take(2).map(({ attempts }) => attempts)).toEqual([1, 1]);
    settlement.add(settled(1, 3));
    expect(settlement.droppedCount).toBe(3);
    expect(settlement.readyCount).toBe(0);
    expect(settlement.aheadCount).toBe(0);
  });

  it('refuses to hold more than its bound', () => {
    const settlement = new Settlement(0);
    settlement.add(settled(MAX_AHEAD_POSITIONS - 1));
    expect(() => settlement.add(settled(MAX_AHEAD_POSITIONS))).toThrow(/too far ahead/);
  });

  it('gives each position once, in order and without a gap, whatever order they settle in', () => {
    const order = fc.integer({ min: 1, max: 60 }).chain((count) =>
      fc.tuple(
        fc.shuffledSubarray(
          Array.from({ length: count }, (_, i) => i),
          { minLength: count },
        ),
        fc.array(fc.nat(count - 1)),
        fc.integer({ min: 1, max: 9 }),
      ),
    );
    fc.assert(
      fc.property(order, ([shuffled, again, batch]) => {
        const settlement = new Settlement(0);
        const taken: number[] = [];
        for (const [index, position] of shuffled.entries()) {
          settlement.add(settled(position));
          if (index % 3 === 0) taken.push(...positions(settlement.take(batch)));
          for (const repeated of again.splice(0, 1))
            if (shuffled.indexOf(repeated) <= index) settlement.add(settled(repeated));
        }
        while (settlement.readyCount > 0) taken.push(...positions(settlement.take(batch)));
        expect(taken).toEqual(shuffled.toSorted((a, b) => a - b));
        expect(settlement.checkpoint).toBe(shuffled.length);
      }),
    );
  });
});
