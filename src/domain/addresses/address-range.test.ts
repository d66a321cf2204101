import { describe, expect, test } from 'vitest';
import {
  type AddressRange,
  formatRange,
  parsePrefix,
  parseRange,
  rangesOverlap,
} from '#domain/addresses/address-range.js';

describe('formatRange and parseRange', () => {
  test.each([
    '198.18.0.1',
    '198.18.0.0/24',
    '198.18.0.0/31',
    '0.0.0.0/0',
    '198.18.0.1-198.18.0.2',
    '198.18.0.0-198.18.0.2',
    '255.255.255.255',
    '::',
    '::/0',
    '::1',
    'fd00::/8',
    'fd00::1-fd00::ff',
    '::fffe:0:0-::ffff:0.0.0.5',
    '::ffff:0.0.0.0/96',
  ])('%s is canonical', (text) => {
    const range = parseRange(text);
    expect(range && formatRange(range)).toBe(text);
  });

  test.each([
    ['198.18.0.5/24', '198.18.0.0/24'],
    ['198.18.0.0-198.18.0.255', '198.18.0.0/24'],
    ['198.18.0.1-198.18.0.1', '198.18.0.1'],
    ['198.18.0.1/32', '198.18.0.1'],
    ['198.18.0.1-198.18.1.0', '198.18.0.1-198.18.1.0'],
    ['FD00:0::1/120', 'fd00::/120'],
  ])('%s is written %s', (text, expected) => {
    const range = parseRange(text);
    expect(range && formatRange(range)).toBe(expected);
  });

  test.each([
    '',
    '-',
    '/',
    '198.18.0.1-',
    '-198.18.0.1',
    '198.18.0.1-40',
    '198.18.0.2-198.18.0.1',
    '198.18.0.1-fd00::1',
    '198.18.0.0/33',
    'fd00::/129',
    '198.18.0.0/',
    '198.18.0.0/024',
    '198.18.0.0/-1',
    '198.18.0.0/24/24',
    '198.18.0.1-198.18.0.3/24',
    '198.18.0.1-198.18.0.2-198.18.0.3',
    'host.example',
    '198.18.0.0/24\n',
  ])('%j is no range', (text) => {
    expect(parseRange(text)).toBeUndefined();
  });
});

test('prefix lengths end with the family', () => {
  expect([parsePrefix('0', 4), parsePrefix('32', 4), parsePrefix('33', 4)]).toEqual([0, 32, undefined]);
  expect([parsePrefix('0', 6), parsePrefix('128', 6), parsePrefix('129', 6)]).toEqual([0, 128, undefined]);
});

function range(first: bigint, last: bigint, family: 4 | 6 = 4): AddressRange {
  return { family, first, last };
}

test('ranges overlap when they share an address of one family', () => {
  expect(rangesOverlap(range(1n, 5n), range(5n, 9n))).toBe(true);
  expect(rangesOverlap(range(5n, 9n), range(1n, 5n))).toBe(true);
  expect(rangesOverlap(range(1n, 9n), range(3n, 4n))).toBe(true);
  expect(rangesOverlap(range(1n, 5n), range(6n, 9n))).toBe(false);
  expect(rangesOverlap(range(1n, 5n), range(1n, 5n, 6))).toBe(false);
});
