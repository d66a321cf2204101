import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress } from '#domain/addresses/address.js';
import { addressHead, addressHeads } from '#domain/addresses/address-prefix.js';
import { formatRange } from '#domain/addresses/address-range.js';

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

test.each([
  ['127', ['127.0.0.0/8', '127::/16', '1270::/12']],
  ['25', ['25.0.0.0/8', '250.0.0.0-255.255.255.255', '25::/16', '250::/12', '2500::/8']],
  ['256', ['256::/16', '2560::/12']],
  ['0', ['0.0.0.0/8', '::/16']],
  ['fd', ['fd::/16', 'fd0::/12', 'fd00::/8']],
  ['fd00', ['fd00::/16']],
  ['198.18', ['198.0.0.0/8']],
  ['010', []],
  ['web', []],
  ['12345', []],
])('%s may begin an address in %j', (text, ranges) => {
  expect(addressHeads(text).map(formatRange)).toEqual(ranges);
});

test('every address begins with each beginning of its text', () => {
  const address = fc.oneof(
    fc.nat(2 ** 32 - 1).map((value) => ({ family: 4 as const, value: BigInt(value) })),
    fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => ({ family: 6 as const, value })),
  );
  fc.assert(
    fc.property(address, fc.nat(), ({ family, value }, cut) => {
      const text = formatAddress({ family, value });
      const heads = addressHeads(text.slice(0, 1 + (cut % (text.length - 1))));
      expect(heads.some((head) => head.family === family && head.first <= value && value <= head.last)).toBe(
        true,
      );
    }),
  );
});
