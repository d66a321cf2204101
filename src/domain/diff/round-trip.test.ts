import { expect, test } from 'vitest';
import { roundTripText } from '#domain/diff/round-trip.js';

test.each([
  [0, '<0.01 ms'],
  [9.84, '<0.01 ms'],
  [10, '0.01 ms'],
  [123.4, '0.12 ms'],
  [340, '0.34 ms'],
  [1_254, '1.25 ms'],
  [212_400, '212 ms'],
  [1_234_567, '1230 ms'],
])('%d microseconds are %s', (microseconds, text) => {
  expect(roundTripText(microseconds)).toBe(text);
});
