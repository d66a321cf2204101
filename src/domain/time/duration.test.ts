import { expect, test } from 'vitest';
import { humanDuration } from '#domain/time/duration.js';

test.each([
  [-5, '0ms'],
  [0, '0ms'],
  [999, '999ms'],
  [1_000, '1.0s'],
  [9_999, '9.9s'],
  [10_000, '10s'],
  [59_999, '59s'],
  [60_000, '1m 00s'],
  [184_000, '3m 04s'],
  [3_599_999, '59m 59s'],
  [7_500_000, '2h 05m'],
  [273_600_000, '3d 04h'],
])('%i ms is %s', (durationMs, text) => {
  expect(humanDuration(durationMs)).toBe(text);
});
