import { expect, test } from 'vitest';
import { durationBetween, localTime } from '#cli/output/time.js';

test.each([
  ['2026-11-23T23:27:05.900Z', 'UTC', '2026-11-23 23:27:05'],
  ['2026-11-23T23:27:05.000Z', 'Europe/Stockholm', '2026-11-24 00:27:05'],
  ['2026-07-01T00:00:00.000Z', 'Asia/Kolkata', '2026-07-01 05:30:00'],
])('%s in %s is %s', (time, timezone, text) => {
  expect(localTime(time, timezone)).toBe(text);
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
