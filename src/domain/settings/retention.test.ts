import { describe, expect, it } from 'vitest';
import { parseRetention, retentionText } from '#domain/settings/retention.js';
import { SETTINGS } from '#domain/settings/setting.js';

describe('how long something is kept', () => {
  it.each([
    ['forever', 'forever'],
    [' Forever ', 'forever'],
    ['90 days', '90 days'],
    ['90d', '90 days'],
    ['1 day', '1 days'],
    ['2w', '14 days'],
    ['24 months', '24 months'],
    ['1month', '1 months'],
    ['2 years', '24 months'],
    ['100y', '1200 months'],
  ])('%s is %s', (text, kept) => {
    expect(parseRetention(text)).toBe(kept);
  });

  it.each([
    '',
    '0 days',
    '-1 days',
    '90',
    'days',
    '3m',
    '1.5 months',
    '101 years',
    '36501 days',
    '1 day 2 months',
  ])('%j is none', (text) => {
    expect(parseRetention(text)).toBeUndefined();
  });

  it('has defaults that are written as they are stored', () => {
    for (const { kind, fallback } of Object.values(SETTINGS))
      if (kind === 'retention') expect(parseRetention(fallback)).toBe(fallback);
  });
});

it.each([
  ['1 days', '1 day'],
  ['1 months', '1 month'],
  ['11 days', '11 days'],
  ['forever', 'forever'],
])('%s reads %s', (value, text) => {
  expect(retentionText(value)).toBe(text);
  expect(parseRetention(text)).toBe(value);
});
