import { expect, test } from 'vitest';
import { readWorkSettings } from '#config/work-settings.js';

test('what is absent or empty is as usual', () => {
  const usual = { leaseMs: undefined, batchDelayMs: undefined };
  expect(readWorkSettings({})).toEqual(usual);
  expect(readWorkSettings({ SCANORAMA_LEASE_TIME: '', SCANORAMA_BATCH_DELAY: '' })).toEqual(usual);
});

test('spans have units', () => {
  expect(readWorkSettings({ SCANORAMA_LEASE_TIME: '800ms', SCANORAMA_BATCH_DELAY: '1s' })).toEqual({
    leaseMs: 800,
    batchDelayMs: 1_000,
  });
  expect(readWorkSettings({ SCANORAMA_LEASE_TIME: '2m' }).leaseMs).toBe(120_000);
});

test.each(['15', '1.5s', '-1s', '249ms', '11m', '1h', 'soon'])(
  'a lease of %s is refused, by name',
  (text) => {
    expect(() => readWorkSettings({ SCANORAMA_LEASE_TIME: text })).toThrowError(
      expect.objectContaining({ code: 'invalid_configuration', at: 'SCANORAMA_LEASE_TIME' }),
    );
  },
);
