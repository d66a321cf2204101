import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Address, parseAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import type { Probe } from '#domain/scans/plan.js';
import { createGate, type Permit } from '#net/send/gate.js';

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

function probe(text: string): Probe {
  return { address: address(text), protocol: 'tcp', port: 80 };
}

describe('gate', () => {
  it('gives a permit that holds the probe', () => {
    const gate = createGate({ exclusions: AddressSet.EMPTY });
    const probed = probe('127.0.0.1');
    expect(gate.permit(probed)?.probe).toBe(probed);
    expect(gate.permits(probed.address)).toBe(true);
    expect(gate.refusal(probed.address)).toBeUndefined();
    expect(gate.refusedCount).toBe(0);
  });

  it('gives a permit for a host without a port, unless the host is refused', () => {
    const gate = createGate({ exclusions: AddressSet.EMPTY });
    expect(gate.permitHost(address('198.18.0.1'))?.address).toEqual(address('198.18.0.1'));
    expect(gate.permitHost(address('ff02::1'))).toBeUndefined();
    gate.exclude(AddressSet.parse(['198.18.0.1']));
    expect(gate.permitHost(address('198.18.0.1'))).toBeUndefined();
    expect(gate.refusedCount).toBe(2);
  });

  it('counts its changes in shared memory, and returns what is excluded', () => {
    const gate = createGate({ exclusions: AddressSet.parse(['198.18.0.1']) });
    expect(gate.version.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(gate.version[0]).toBe(0);
    gate.exclude(AddressSet.parse(['198.18.0.2']));
    expect(gate.version[0]).toBe(1);
    expect(gate.exclusions.toTexts()).toEqual(['198.18.0.1-198.18.0.2']);
  });

  it.each(['0.0.0.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '::', 'ff02::1'])(
    'refuses %s, whatever the exclusions are',
    (text) => {
      const gate = createGate({ exclusions: AddressSet.EMPTY });
      expect(gate.permits(address(text))).toBe(false);
      expect(gate.refusal(address(text))).toBe('refused-range');
      expect(gate.permit(probe(text))).toBeUndefined();
      expect(gate.refusedCount).toBe(1);
    },
  );

  it('refuses IPv4-mapped IPv6, which would bypass the exclusions', () => {
    const gate = createGate({ exclusions: AddressSet.parse(['198.18.0.1']) });
    const mapped: Address = { family: 6, value: 0xffff_c612_0001n };
    expect(gate.permit({ ...probe('::1'), address: mapped })).toBeUndefined();
  });

  it('applies an exclusion as soon as it is added', () => {
    const gate = createGate({ exclusions: AddressSet.parse(['127.0.0.9']) });
    expect(gate.refusal(address('127.0.0.9'))).toBe('excluded');
    expect(gate.permit(probe('127.0.0.1'))).toBeDefined();
    gate.exclude(AddressSet.parse(['127.0.0.1']));
    expect(gate.permit(probe('127.0.0.1'))).toBeUndefined();
    expect(gate.permit(probe('127.0.0.9'))).toBeUndefined();
    expect(gate.refusedCount).toBe(2);
  });

  it('permits exactly what no exclusion covers, in any order of adding', () => {
    const octet = fc.integer({ min: 0, max: 31 });
    const range = fc.tuple(octet, octet).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), fc.nat(6), octet, (excluded, atStart, last) => {
        const set = (ranges: typeof excluded) =>
          AddressSet.parse(ranges.map((r) => `198.18.0.${r.first}-198.18.0.${r.last}`));
        const gate = createGate({ exclusions: set(excluded.slice(0, atStart)) });
        gate.exclude(set(excluded.slice(atStart)));
        const isCovered = excluded.some((r) => r.first <= last && last <= r.last);
        expect(gate.permit(probe(`198.18.0.${last}`)) === undefined).toBe(isCovered);
      }),
    );
  });

  it('is the only source of permits: nothing else has their type', () => {
    expectTypeOf<{ readonly probe: Probe }>().not.toExtend<Permit>();
    expectTypeOf<Probe>().not.toExtend<Permit>();
  });
});
