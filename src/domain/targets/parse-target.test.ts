import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parseTarget } from '#domain/targets/parse-target.js';

test('a name and addresses are told apart', () => {
  expect(parseTarget('Host.Example')).toEqual({ kind: 'name', name: 'host.example' });
  expect(parseTarget('::1')).toEqual({ kind: 'ranges', ranges: [{ family: 6, first: 1n, last: 1n }] });
});

test.each([
  ['198.18.0-3.1-10', 4],
  ['198.18.0-3.0-255', 1],
  ['198-199.18.0-255.0-255', 2],
  ['1-2.0-255.0-255.0-255', 1],
  ['0-255.0-255.0-255.0-255', 1],
  ['198.18.0-255.1-10', 256],
])('%s is %d ranges', (text, count) => {
  const target = parseTarget(text);
  expect(target.kind === 'ranges' && target.ranges).toHaveLength(count);
});

test('octet ranges hold exactly the addresses whose octets are in their spans', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const narrow = fc
    .tuple(octet, fc.integer({ min: 0, max: 5 }))
    .map(([first, more]) => ({ first, last: Math.min(255, first + more) }));
  const span = fc.oneof(narrow, fc.constant({ first: 0, last: 255 }));
  const octets = fc.tuple(octet, octet, octet, octet);
  fc.assert(
    fc.property(narrow, octet, span, span, octets, (a, b, c, d, sample) => {
      const spans = [a, { first: b, last: b }, c, d];
      const target = parseTarget(spans.map(({ first, last }) => `${first}-${last}`).join('.'));
      if (target.kind !== 'ranges') throw new Error('not addresses');
      const set = AddressSet.of(target.ranges);
      expect(set.size).toBe(spans.reduce((size, { first, last }) => size * BigInt(last - first + 1), 1n));
      // Half of the samples are drawn into the spans, or nearly none would be inside.
      for (const bent of [true, false]) {
        const address = sample.map((octet, at) => {
          const { first, last } = spans[at] ?? { first: 0, last: 0 };
          return bent ? first + (octet % (last - first + 1)) : octet;
        });
        const isInside = address.every(
          (octet, at) => octet >= (spans[at]?.first ?? 0) && octet <= (spans[at]?.last ?? 0),
        );
        const value = BigInt(address.reduce((total, octet) => total * 256 + octet, 0));
        expect(set.contains({ family: 4, value })).toBe(isInside);
      }
    }),
  );
});
