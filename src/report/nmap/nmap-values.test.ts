import { expect, it } from 'vitest';
import { reasonOf, stateOf } from '#report/nmap/nmap-values.js';

it.each([
  ['reset', 'rst'],
  ['resets', 'rst'],
  ['no-responses', 'no-response'],
  ['host-prohibiteds', 'admin-prohibited'],
  ['no-route', 'net-unreach'],
  ['addr-unreach', 'host-unreach'],
  ['policy-fails', 'admin-prohibited'],
  ['reject-route', 'admin-prohibited'],
  ['port-unreaches', 'port-unreach'],
  ['script-set', 'unreported'],
  [undefined, 'unreported'],
])('the reason %s is %s', (value, reason) => {
  expect(reasonOf(value)).toBe(reason);
});

it('knows no state but its own', () => {
  expect(stateOf('open|filtered')).toBe('open|filtered');
  expect(stateOf('closed|filtered')).toBe('unknown');
  expect(stateOf('ajar')).toBeUndefined();
});
