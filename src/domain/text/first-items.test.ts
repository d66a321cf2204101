import { expect, test } from 'vitest';
import { firstOf } from '#domain/text/first-items.js';

test.each([
  [[], 2, ''],
  [['a', 'b'], 2, 'a, b'],
  [['a', 'b', 'c'], 2, 'a, b and 1 more'],
  [Array.from({ length: 1_205 }, () => 'a'), 1, 'a and 1,204 more'],
])('%j: at most %d', (texts, most, reported) => {
  expect(firstOf(texts, most)).toBe(reported);
});
