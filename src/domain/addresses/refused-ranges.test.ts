import { describe, expect, test } from 'vitest';
import { parseAddress, parseLiteral } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { assertNotRefused, REFUSED_ADDRESSES } from '#domain/addresses/refused-ranges.js';
import { ScanoramaError } from '#domain/errors/error.js';

test('the refused set is exactly what is nobody’s to scan', () => {
  expect(REFUSED_ADDRESSES.toTexts()).toEqual([
    '0.0.0.0/8',
    '224.0.0.0/3',
    '::',
    '::ffff:0.0.0.0/96',
    'ff00::/8',
  ]);
});

test.each([
  ['0.255.255.255', true],
  ['1.0.0.0', false],
  ['223.255.255.255', false],
  ['224.0.0.0', true],
  ['239.255.255.255', true],
  ['240.0.0.0', true],
  ['255.255.255.255', true],
  ['127.0.0.1', false],
  ['::', true],
  ['::1', false],
  ['::2', false],
  ['feff:ffff::', false],
  ['ff02::1', true],
])('%s refused: %s', (text, expected) => {
  const address = parseAddress(text);
  expect(address && REFUSED_ADDRESSES.contains(address)).toBe(expected);
});

test('an IPv4 address in IPv6 clothes never passes as IPv6', () => {
  const mapped = parseLiteral('::ffff:198.18.0.1');
  expect(mapped?.family).toBe(6);
  expect(mapped && REFUSED_ADDRESSES.contains(mapped)).toBe(true);
});

function refusalOf(raw: string): string {
  try {
    assertNotRefused(AddressSet.parse([raw]).ranges, raw);
    return 'passed';
  } catch (error) {
    return error instanceof ScanoramaError ? `${error.code}: ${error.message}` : 'another error';
  }
}

describe('assertNotRefused', () => {
  test.each([
    ['198.18.0.0/15', 'passed'],
    ['fd00::/8', 'passed'],
    ['224.0.0.1', 'target_refused: "224.0.0.1" is refused: 224.0.0.0/4 is multicast.'],
    [
      '255.255.255.255',
      'target_refused: "255.255.255.255" is refused: 255.255.255.255 is the broadcast address.',
    ],
    ['241.0.0.0/8', 'target_refused: "241.0.0.0/8" is refused: 240.0.0.0/4 is reserved.'],
    [
      '223.255.255.255-224.0.0.0',
      'target_refused: "223.255.255.255-224.0.0.0" is refused whole because it reaches into 224.0.0.0/4, which is multicast.',
    ],
    ['::', 'target_refused: "::" is refused: :: is the unspecified address.'],
  ])('%s', (raw, expected) => {
    expect(refusalOf(raw)).toBe(expected);
  });
});
