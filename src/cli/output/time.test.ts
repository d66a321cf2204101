import { expect, test } from 'vitest';
import { durationBetween, humanDuration, localTime } from '#cli/output/time.js';

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

test.each([
  ['2026-11-23T23:27:05.900Z', 'UTC', '2026-11-23 23:27:05'],
  ['2026-11-23T23:27:05.000Z', 'Europe/Stockholm', '2026-11-24 00:27:05'],
  ['2026-07-01T00:00:00.000Z', 'Asia/Kolkata', '2026-07-01 05:30:00'],
])('%s in %s is %s', (instant, zone, text) => {
  expect(localTime(instant, zone)).toBe(text);
});

test('no time, and what is no time, is a dash', () => {
  expect([localTime(null), localTime('soon')]).toEqual(['-', '-']);
});

test('a span needs both ends', () => {
  const [start, end] = ['2026-11-23T10:00:00.000Z', '2026-11-23T10:00:02.500Z'];
  expect([durationBetween(start, end), durationBetween(start, null), durationBetween(null, end)]).toEqual([
    '2.5s',
    '-',
    '-',
  ]);
});
