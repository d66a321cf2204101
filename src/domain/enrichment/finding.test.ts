import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseService, serviceText, serviceValue } from '#domain/enrichment/finding.js';

const text = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
const service = fc.record(
  {
    name: text,
    product: text,
    version: text,
    extraInfo: text,
    osType: text,
    tunnel: text,
    cpe: fc.uniqueArray(fc.string({ minLength: 1 })),
  },
  { requiredKeys: [] },
);

it('writes a service so that it is read back, and the same one always alike', () => {
  fc.assert(
    fc.property(service, (one) => {
      const value = serviceValue(one);
      if (value === undefined) return;
      const back = parseService(value);
      expect(back).toEqual(JSON.parse(value));
      const changed = Object.fromEntries(Object.entries(one).toReversed());
      expect(serviceValue({ ...changed, cpe: (one.cpe ?? []).toReversed() })).toBe(value);
      expect(serviceValue(back ?? {})).toBe(value);
    }),
  );
});

it('has no value where nothing is known, and reads nothing else', () => {
  expect(serviceValue({})).toBeUndefined();
  expect(serviceValue({ name: '', cpe: [] })).toBeUndefined();
  expect(parseService('http')).toBeUndefined();
  expect(parseService('7')).toBeUndefined();
});

it('is told to a person in one line', () => {
  expect(
    serviceText({ name: 'http', product: 'nginx', version: '1.2', extraInfo: 'Ubuntu', tunnel: 'ssl' }),
  ).toBe('ssl/http nginx 1.2 (Ubuntu)');
  expect(serviceText({ name: 'ssh' })).toBe('ssh');
});
