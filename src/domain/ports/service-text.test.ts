import { expect, test } from 'vitest';
import { portServiceText } from '#domain/ports/service-text.js';

const UNREPORTED = { product: null, version: null, extra_info: null, tunnel: null };

test.each([
  [{ service: 'http', service_method: 'probed' }, 'http'],
  [{ service: 'xinuexpansion4', service_method: 'table' }, 'xinuexpansion4?'],
  [{ service: null, service_method: null }, null],
] as const)('a name of the table is told as such: %o', (named, text) => {
  expect(portServiceText({ ...UNREPORTED, ...named })).toBe(text);
});

test('what a service told of itself stands behind its name', () => {
  const reported = { product: 'nginx', version: '1.18.0', extra_info: 'Ubuntu', tunnel: 'ssl' };
  expect(portServiceText({ ...reported, service: 'http', service_method: 'probed' })).toBe(
    'ssl/http nginx 1.18.0 (Ubuntu)',
  );
});
