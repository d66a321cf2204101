import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Address, formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { EXCLUSION_SCOPES } from '#domain/targets/exclusion.js';
import { createGate } from '#net/send/gate.js';
import type { ExclusionView } from '#store/networks/exclusions.js';
import { addressesOf } from '#work/batches/excluded-addresses.js';
import { repetitions } from '../../../test/support/repetitions.ts';

const BASES = { 4: 0xc612_0000n, 6: 0xfd00n << 112n } as const;
const family = fc.constantFrom<4 | 6>(4, 6);
const offset = fc.bigInt({ min: 0n, max: 40n });

const range = fc.record({ family, a: offset, b: offset }).map(({ family: of, a, b }) => ({
  family: of,
  first: BASES[of] + (a < b ? a : b),
  last: BASES[of] + (a < b ? b : a),
}));

/** As the store gives it: addresses as text, of any of the three levels. */
const exclusion = fc.record({ range, scope: fc.constantFrom(...EXCLUSION_SCOPES) }).map(
  ({ range: { family: of, first, last }, scope }): ExclusionView => ({
    uid: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47',
    scope,
    siteId: scope === 'global' ? null : 1,
    site: scope === 'global' ? null : 'default',
    networkUid: scope === 'network' ? '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48' : null,
    networkName: scope === 'network' ? 'office' : null,
    networkCidr: scope === 'network' ? '198.18.0.0/24' : null,
    first: formatAddress({ family: of, value: first }),
    last: formatAddress({ family: of, value: last }),
    reason: null,
    createdBy: 'test',
    createdAt: new Date(0),
  }),
);

test('no permit is given for an excluded address of any level, before or while a scan runs, and each for the others', () => {
  fc.assert(
    fc.property(
      fc.record({
        targets: fc.array(range, { minLength: 1, maxLength: 5 }),
        own: fc.array(range, { maxLength: 3 }),
        before: fc.array(exclusion, { maxLength: 6 }),
        during: fc.array(exclusion, { maxLength: 3 }),
      }),
      ({ targets, own, before, during }) => {
        const gate = createGate({ exclusions: AddressSet.of(own).union(addressesOf(before)) });
        const heeded = [...own.map(spanOf), ...before.map(textSpanOf)];
        expectGate(heeded);
        gate.exclude(addressesOf(during));
        expectGate([...heeded, ...during.map(textSpanOf)]);

        /** One comparison a round: thousands of them cost more than what is compared. */
        function expectGate(spans: readonly Span[]): void {
          const wrong = [...addressesIn(targets)].filter((address) => {
            const isExcluded = spans.some((span) => span(address));
            const permit = gate.permit({ address, protocol: 'tcp', port: 80 });
            return (
              (permit === undefined) !== isExcluded || (gate.permitHost(address) === undefined) !== isExcluded
            );
          });
          expect(wrong.map(formatAddress)).toEqual([]);
        }
      },
    ),
    { numRuns: repetitions(400, 20_000) },
  );
});

type Span = (address: Address) => boolean;

function spanOf({ family: of, first, last }: { family: 4 | 6; first: bigint; last: bigint }): Span {
  return (address) => address.family === of && address.value >= first && address.value <= last;
}

/** The same from the text, without the readers that are tested. */
function textSpanOf({ first, last }: ExclusionView): Span {
  const of = first.includes(':') ? 6 : 4;
  const valueOf = (text: string): bigint =>
    of === 4
      ? text.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n)
      : BASES[6] + BigInt(`0x${text.slice(text.lastIndexOf(':') + 1) || '0'}`);
  return spanOf({ family: of, first: valueOf(first), last: valueOf(last) });
}

function* addressesIn(ranges: readonly { family: 4 | 6; first: bigint; last: bigint }[]): Generator<Address> {
  for (const { family: of, first, last } of ranges)
    for (let value = first; value <= last; value += 1n) yield { family: of, value };
}
