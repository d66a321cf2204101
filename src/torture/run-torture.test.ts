import { expect, test } from 'vitest';
import type { FaultKind } from '#torture/fault.js';
import { planRound } from '#torture/run-torture.js';

const kind = (name: string, points: readonly string[], weight: number): FaultKind => ({
  name,
  what: name,
  points,
  weight,
  strike: () => Promise.resolve(undefined),
});
const KINDS = [kind('a', ['x'], 1), kind('b', ['x', 'y', 'z'], 2), kind('c', ['x'], 1)];
const ROUNDS = 24;

function planned(seed: number) {
  return Array.from({ length: ROUNDS }, (_, index) => {
    const { kind: chosen, point } = planRound(KINDS, seed, index + 1);
    return `${chosen.name} ${point}`;
  });
}

test('a seed decides the order of the faults', () => {
  expect(planned(1)).toEqual(planned(1));
  expect(planned(1)).not.toEqual(planned(2));
});

test.each([1, 2, 3])('every kind has its share, and so has each of its points (seed %i)', (seed) => {
  const counts = Object.groupBy(planned(seed), (name) => name);
  expect(Object.fromEntries(Object.entries(counts).map(([name, all]) => [name, all?.length]))).toEqual({
    'a x': 6,
    'b x': 4,
    'b y': 4,
    'b z': 4,
    'c x': 6,
  });
});
