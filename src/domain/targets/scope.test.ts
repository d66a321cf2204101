import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { outsideScope } from '#domain/targets/scope.js';

test('this very machine is in every scope', () => {
  const targets = AddressSet.parse(['127.0.0.0/8', '::1']);
  expect(outsideScope(targets, AddressSet.EMPTY).size).toBe(0n);
  expect(outsideScope(AddressSet.parse(['126.255.255.255-128.0.0.0']), AddressSet.EMPTY).toTexts()).toEqual([
    '126.255.255.255',
    '128.0.0.0',
  ]);
});

const small = fc.integer({ min: 0, max: 30 });
const addressSet = fc
  .array(fc.tuple(small, small, fc.constantFrom('198.18.0.', '127.0.0.', 'fd00::')), { maxLength: 5 })
  .map((parts) =>
    AddressSet.parse(
      parts.map(([a, b, base]) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const text = (value: number) => (base === 'fd00::' ? value.toString(16) : String(value));
        return `${base}${text(low)}-${base}${text(high)}`;
      }),
    ),
  );

test('an address is outside exactly when it is a target, not in the scope and not of this machine', () => {
  fc.assert(
    fc.property(addressSet, addressSet, small, (targets, scope, number) => {
      const outside = outsideScope(targets, scope);
      for (const base of ['198.18.0.', '127.0.0.', 'fd00::']) {
        const address = parseAddress(base + (base === 'fd00::' ? number.toString(16) : String(number)));
        if (address === undefined) throw new Error('not an address');
        const isOutside = targets.contains(address) && !scope.contains(address) && base !== '127.0.0.';
        expect(outside.contains(address)).toBe(isOutside);
      }
    }),
    { numRuns: 500 },
  );
});
