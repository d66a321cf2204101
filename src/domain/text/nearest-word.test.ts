import { expect, test } from 'vitest';
import { closestName } from '#domain/text/nearest-word.js';

const TEXTS = ['status', 'site', 'service', 'port', 'ports', 'os', 'open_ports'];

test.each([
  ['stauts', 'status'],
  ['Sttus', 'status'],
  ['statuss', 'status'],
  ['prot', 'port'],
  ['por', 'port'],
  ['open', 'open_ports'],
  ['serv', 'service'],
])('%s was meant to be %s', (written, meant) => {
  expect(closestName(written, TEXTS)).toBe(meant);
});

test.each(['', 'x', 'color', 'sx', 'x'.repeat(1_000)])('%s was meant to be none of them', (written) => {
  expect(closestName(written, TEXTS)).toBeUndefined();
});
