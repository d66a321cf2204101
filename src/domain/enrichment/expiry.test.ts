import { expect, test } from 'vitest';
import { expiryText } from '#domain/enrichment/expiry.js';

const NOW_MS = Date.parse('2026-11-26T12:00:00Z');

test.each([
  [null, undefined],
  ['whenever', undefined],
  ['2026-11-26T11:59:59Z', 'expired'],
  ['2026-11-26T12:59:00Z', 'expires within the hour'],
  ['2026-11-26T13:00:00Z', 'expires in 1 hour'],
  ['2026-11-27T09:36:00Z', 'expires in 21 hours'],
  ['2026-11-27T13:00:00Z', 'expires in 1 day'],
  ['2026-12-26T12:00:00Z', 'expires in 30 days'],
  ['2026-12-28T12:00:00Z', undefined],
])('a certificate until %s: %s', (notAfter, text) => {
  expect(expiryText(notAfter, NOW_MS)).toBe(text);
});
