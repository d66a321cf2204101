import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areAtTheSameTime, inOrder, SAME_TIME_MS, seenWithin, type TimeRange } from '#identity/times.js';

const times = fc.array(
  fc
    .record({ from: fc.integer({ min: 0, max: 60 }), hours: fc.integer({ min: 0, max: 40 }) })
    .map(
      ({ from, hours }): TimeRange => ({ fromMs: from * SAME_TIME_MS, toMs: (from + hours) * SAME_TIME_MS }),
    ),
  { maxLength: 6 },
);
const covers = (all: readonly TimeRange[], at: number) =>
  all.some(({ fromMs, toMs }) => fromMs <= at && at <= toMs);

const hours = (fromMs: number, toMs: number) => ({
  fromMs: fromMs * SAME_TIME_MS,
  toMs: toMs * SAME_TIME_MS,
});

describe('times', () => {
  it('are put in order, with overlapping ones merged', () => {
    fc.assert(
      fc.property(times, (all) => {
        const ordered = inOrder(all);
        for (const [index, { fromMs }] of ordered.entries())
          expect(fromMs).toBeGreaterThan(ordered[index - 1]?.toMs ?? -1);
        for (let half = 0; half <= 220; half += 1) {
          const at = (half * SAME_TIME_MS) / 2;
          expect(covers(ordered, at)).toBe(covers(all, at));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('count as the same when any two are within an hour', () => {
    fc.assert(
      fc.property(times, times, (one, other) => {
        const isNear = one.some((a) =>
          other.some((b) => a.fromMs <= b.toMs + SAME_TIME_MS && b.fromMs <= a.toMs + SAME_TIME_MS),
        );
        expect(areAtTheSameTime(inOrder(one), inOrder(other))).toBe(isNear);
      }),
    );
  });

  it('lie within others only where an observation certainly does', () => {
    expect(seenWithin([hours(0, 100)], [hours(10, 34), hours(40, 65), hours(90, 110)])).toEqual([
      hours(40, 65),
      hours(90, 100),
    ]);
  });
});
