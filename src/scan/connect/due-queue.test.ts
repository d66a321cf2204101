import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Due, DueQueue } from '#scan/connect/due-queue.js';

function order(a: Due, b: Due): number {
  return a.dueMs - b.dueMs || a.position - b.position;
}

describe('due queue', () => {
  it('gives what is due, earliest first, then by position, and keeps the rest', () => {
    const due = fc.record({ dueMs: fc.nat(20), position: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(due), fc.nat(20), (items, nowMs) => {
        const queue = new DueQueue<Due>();
        for (const item of items) queue.push(item);
        const taken: Due[] = [];
        for (let item = queue.takeDue(nowMs); item !== undefined; item = queue.takeDue(nowMs))
          taken.push(item);
        expect(taken).toEqual(items.filter(({ dueMs }) => dueMs <= nowMs).sort(order));
        const later = items.filter(({ dueMs }) => dueMs > nowMs).sort(order);
        expect(queue.size).toBe(later.length);
        expect(queue.nextDueMs).toBe(later[0]?.dueMs);
      }),
    );
  });

  it('is empty once cleared', () => {
    const queue = new DueQueue<Due>();
    queue.push({ dueMs: 1, position: 1 });
    queue.clear();
    expect(queue.size).toBe(0);
    expect(queue.takeDue(9)).toBeUndefined();
  });
});
