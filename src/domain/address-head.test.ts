import { expect, test } from 'vitest';
import { addressHead } from '#domain/address-head.js';
import { formatRange } from '#domain/address-range.js';

test.each([
  ['198.', '198.0.0.0/8'],
  ['198.18.1', '198.18.0.0/16'],
  ['198.18.0.1', '198.18.0.0/24'],
  ['fd00:', 'fd00::/16'],
  ['fd00::', 'fd00::/16'],
  ['fd00::1', 'fd00::/16'],
  ['fd00:1:2', 'fd00:1::/32'],
  ['::1', '::/0'],
])('what begins with %s is in %s', (text, range) => {
  const head = addressHead(text);
  expect(head && formatRange(head)).toBe(range);
});

test.each(['198', 'web', '300.1', '1.2.3.4.5', 'fd00', 'fd00:xyz', '1:2:3:4:5:6:7:8:9', ''])(
  '%s begins no address',
  (text) => {
    expect(addressHead(text)).toBeUndefined();
  },
);
