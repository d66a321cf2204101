import { expect, it } from 'vitest';
import { linkFormOf } from '#net/native/links/link-kind.js';

it.each([
  ['Ethernet', 1, 'ethernet'],
  ['loopback', 772, 'loopback'],
  ['TUN and WireGuard', 65_534, 'headerless'],
  ['PPP', 512, 'headerless'],
  ['IPv4 in IPv4', 768, 'headerless'],
  ['IPv6 in IPv4', 776, 'headerless'],
  ['GRE', 778, 'headerless'],
  ['InfiniBand', 32, undefined],
  ['FireWire', 24, undefined],
  ['a monitor of Wi-Fi', 803, undefined],
])('%s has the form that its packets have', (_name, kind, form) => {
  expect(linkFormOf(kind)).toBe(form);
});
