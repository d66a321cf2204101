import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Parking } from '#scan/connect/parked-positions.js';

function at(host: number, position: number, dueMs: number) {
  const address = { family: 4, value: BigInt(host) } as const;
  return { position, dueMs, probe: { address, protocol: 'tcp', port: position } as const };
}

describe('parking', () => {
  it('lets the lowest position of a host leave first, whenever it was parked', () => {
    const parking = new Parking<ReturnType<typeof at>>();
    for (const position of [7, 3, 9]) parking.park(at(1, position, 100));
    expect(parking.takeDue(99)).toBeUndefined();
    expect([1, 2, 3].map(() => parking.takeDue(100)?.position)).toEqual([3, 7, 9]);
    expect(parking.takeDue(100)).toBeUndefined();
    expect(parking.size).toBe(0);
  });

  it('keeps a host waiting whose position came back', () => {
    const parking = new Parking<ReturnType<typeof at>>();
    for (const position of [1, 2]) parking.park(at(1, position, 100));
    const refused = parking.takeDue(100);
    if (refused !== undefined) parking.park({ ...refused, dueMs: 125 });
    expect(parking.nextDueMs(100)).toBe(125);
    expect(parking.takeDue(124)).toBeUndefined();
    expect(parking.takeDue(125)?.position).toBe(1);
    expect(parking.nextDueMs(125)).toBe(125);
  });

  it('loses nothing and gives nothing twice, in any order of hosts and times', () => {
    const cars = fc.uniqueArray(fc.record({ host: fc.nat(4), position: fc.nat(500), dueMs: fc.nat(50) }), {
      selector: ({ position }) => position,
    });
    fc.assert(
      fc.property(cars, fc.array(fc.boolean()), (parked, refusals) => {
        const parking = new Parking<ReturnType<typeof at>>();
        for (const { host, position, dueMs } of parked) parking.park(at(host, position, dueMs));
        const left: number[] = [];
        const refused = [...refusals];
        let nowMs = 0;
        while (parking.size > 0) {
          nowMs = Math.max(nowMs, parking.nextDueMs(nowMs) ?? Number.NaN);
          const item = parking.takeDue(nowMs);
          if (item === undefined) throw new Error('due, and nothing to take');
          if (refused.pop() === true) parking.park({ ...item, dueMs: nowMs + 10 });
          else left.push(item.position);
        }
        expect(left.toSorted((a, b) => a - b)).toEqual(
          parked.map(({ position }) => position).sort((a, b) => a - b),
        );
      }),
    );
  });
});
