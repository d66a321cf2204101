import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatSpan, parseSpanMs } from '#domain/time/time-span.js';

it('reads what it writes', () => {
  fc.assert(
    fc.property(fc.nat({ max: 600_000_000 }), (ms) => {
      expect(parseSpanMs(formatSpan(ms))).toBe(ms);
    }),
  );
});

it.each([
  ['800ms', 800, '800ms'],
  [' 15 s ', 15_000, '15s'],
  ['60s', 60_000, '1m'],
  ['0s', 0, '0ms'],
])('%s is %i ms, and is written %s', (text, ms, written) => {
  expect(parseSpanMs(text)).toBe(ms);
  expect(formatSpan(ms)).toBe(written);
});

it.each(['', '15', 's', '1.5s', '-1s', '1h', '1s 2ms', '1e3ms'])('%j is none', (text) => {
  expect(parseSpanMs(text)).toBeUndefined();
});
