import { expect, test } from 'vitest';
import { FlagValues } from '#cli/arguments/flag-values.js';
import { asOfQuery, parseAsOf } from '#cli/arguments/time-flags.js';

const NOW_MS = Date.UTC(2026, 10, 25, 12);

function asOf(text: string): string | undefined {
  return asOfQuery(parseAsOf(new FlagValues(new Map([['as-of', text]]))), NOW_MS).as_of;
}

test.each([
  ['2026-11-24T18:00:00Z', '2026-11-24T18:00:00.000Z'],
  ['2026-11-24T18:00+01:00', '2026-11-24T17:00:00.000Z'],
  ['2026-11-24t18:00:00.123999-00:30', '2026-11-24T18:30:00.123Z'],
  ['2024-02-29 00:00Z', '2024-02-29T00:00:00.000Z'],
  ['90m', '2026-11-25T10:30:00.000Z'],
  ['10s', '2026-11-25T11:59:50.000Z'],
  ['2h', '2026-11-25T10:00:00.000Z'],
  ['3d', '2026-11-22T12:00:00.000Z'],
  ['1w', '2026-11-18T12:00:00.000Z'],
])('%s is %s', (text, time) => {
  expect(asOf(text)).toBe(time);
});

test.each([
  ['2026-11-24', new Date(2026, 10, 24)],
  ['2026-11-24 18:00:01', new Date(2026, 10, 24, 18, 0, 1)],
])('%s without a zone is the time of this machine, as tables show it', (text, time) => {
  expect(asOf(text)).toBe(time.toISOString());
});

test.each([
  'now',
  '2026',
  '2026-02-30',
  '2026-13-01',
  '2026-11-24T25:00',
  '2026-11-24T18',
  '0h',
  '4000d',
  '-2h',
  '2y',
  '1.5h',
])('%s is no instant', (text) => {
  expect(() => asOf(text)).toThrow(/--as-of/);
});

test('nothing asked for is now', () => {
  expect(asOfQuery(parseAsOf(new FlagValues(new Map())), NOW_MS)).toEqual({});
});
