import { expect, test } from 'vitest';
import { Random } from '#torture/random.js';

const first = (random: Random) => Array.from({ length: 20 }, () => random.between(1, 1_000_000));

test('a round has the same numbers again, and no other round or seed has them', () => {
  expect(first(Random.ofRound(7, 3))).toEqual(first(Random.ofRound(7, 3)));
  const others = [Random.ofRound(7, 4), Random.ofRound(8, 3), Random.ofRound(7, -3)].map(first);
  for (const other of others) expect(other).not.toEqual(first(Random.ofRound(7, 3)));
});

test('numbers keep to their bounds and reach them', () => {
  const random = new Random(1);
  const numbers = new Set(Array.from({ length: 400 }, () => random.between(3, 6)));
  expect([...numbers].toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6]);
});

test('a shuffled list has each item once', () => {
  const items = Array.from({ length: 50 }, (_, index) => index);
  const shuffled = new Random(5).shuffled(items);
  expect(shuffled).not.toEqual(items);
  expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
});
