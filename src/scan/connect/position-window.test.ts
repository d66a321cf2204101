import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IssueWindow } from '#scan/connect/position-window.js';

describe('issue window', () => {
  it('stops one window ahead of the lowest position that is not settled', () => {
    const window = new IssueWindow(10, 100, 4);
    expect([1, 2, 3, 4, 5].map(() => window.issue())).toEqual([10, 11, 12, 13, undefined]);
    window.complete(12);
    expect(window.issue()).toBeUndefined();
    window.complete(10);
    expect([1, 2].map(() => window.issue())).toEqual([14, undefined]);
    window.complete(11);
    expect([1, 2, 3].map(() => window.issue())).toEqual([15, 16, undefined]);
  });

  it('is settled at once when there is nothing to ask', () => {
    const window = new IssueWindow(5, 5, 4);
    expect(window.issue()).toBeUndefined();
    expect(window.isEnded).toBe(true);
  });

  it('hands out each position once, ascending, whatever order they settle in', () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.nat(200),
        fc.integer({ min: 1, max: 16 }),
        fc.infiniteStream(fc.nat(15)),
        (first, count, size, picks) => {
          const window = new IssueWindow(first, first + count, size);
          const handedOut: number[] = [];
          const open: number[] = [];
          while (!window.isEnded) {
            for (let position = window.issue(); position !== undefined; position = window.issue()) {
              handedOut.push(position);
              open.push(position);
            }
            expect(Math.max(...open) - Math.min(...open)).toBeLessThan(size);
            const [completed = -1] = open.splice((picks.next().value ?? 0) % open.length, 1);
            window.complete(completed);
          }
          expect(handedOut).toEqual(Array.from({ length: count }, (_, index) => first + index));
        },
      ),
    );
  });
});
