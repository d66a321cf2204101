import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkNetworkName, parseNetworkCidr } from '#domain/addresses/network-cidr.js';
import { ScanoramaError } from '#domain/errors/error.js';

function errorOf(run: () => unknown): ScanoramaError {
  try {
    run();
  } catch (error) {
    if (error instanceof ScanoramaError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test.each([
  ['198.18.0.0/24', '198.18.0.0/24'],
  [' 198.18.0.5/32 ', '198.18.0.5/32'],
  ['FD00:0::/8', 'fd00::/8'],
  ['fd00::1/128', 'fd00::1/128'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['::/0', '::/0'],
  ['::ffff:198.18.0.0/120', '198.18.0.0/24'],
])('%s is the network %s', (text, cidr) => {
  expect(parseNetworkCidr(text).cidr).toBe(cidr);
});

test.each([
  ['198.18.0.5/24', 'The network of that address is 198.18.0.0/24.'],
  ['fd00::1/64', 'The network of that address is fd00::/64.'],
  ['::ffff:198.18.0.5/120', 'The network of that address is 198.18.0.0/24.'],
  ['198.18.0.5', 'For this address alone write 198.18.0.5/32.'],
  ['fd00::5', 'For this address alone write fd00::5/128.'],
  ['198.18.0.1-40', 'Write a network such as 198.18.0.0/24 or fd00::/64.'],
  ['office', 'Write a network such as 198.18.0.0/24 or fd00::/64.'],
  ['network:office', 'Write a network such as 198.18.0.0/24 or fd00::/64.'],
])('%s is refused with what was meant', (text, hint) => {
  expect(errorOf(() => parseNetworkCidr(text))).toMatchObject({ code: 'invalid_target', hint });
});

test('any address with any prefix is a network, or is refused with the network that it is in', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(octet, octet, octet, octet, fc.integer({ min: 0, max: 32 }), (a, b, c, d, prefix) => {
      const value = BigInt(((a * 256 + b) * 256 + c) * 256 + d);
      const size = 1n << BigInt(32 - prefix);
      const read = () => parseNetworkCidr(`${a}.${b}.${c}.${d}/${prefix}`);
      if (value % size === 0n) {
        expect(read().range).toEqual({ family: 4, first: value, last: value + size - 1n });
        return;
      }
      const meant = String(errorOf(read).facts?.['cidr']);
      expect(parseNetworkCidr(meant)).toEqual({
        cidr: meant,
        range: { family: 4, first: value - (value % size), last: value - (value % size) + size - 1n },
      });
    }),
  );
});

test.each(['office', 'Main Office 2', '1st-floor', 'a.b_c'])('%s may be a name', (name) => {
  expect(checkNetworkName(` ${name} `)).toBe(name);
});

test.each(['', ' ', '-x', 'a,b', 'a/b', 'x:y', '10.0', '198.18.0.1', '1-4', 'é', 'a'.repeat(101)])(
  '"%s" may not',
  (name) => {
    expect(errorOf(() => checkNetworkName(name))).toMatchObject({ code: 'invalid_request', at: 'name' });
  },
);
