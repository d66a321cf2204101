import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { localNetworks } from '#app/serve/local-networks.js';

const of = (cidr: string | null, internal = false): NetworkInterfaceInfo => ({
  address: cidr?.split('/')[0] ?? '',
  netmask: '',
  family: 'IPv4',
  mac: '02:00:00:00:00:01',
  internal,
  cidr,
});

test('the networks of this machine are those that its interfaces are in, each once and none too large', () => {
  const interfaces = {
    lo: [of('127.0.0.1/8', true)],
    eth0: [
      of('198.18.0.77/24'),
      of('198.18.0.78/24'),
      of('fe80::1/64'),
      of('fd00::1/64'),
      of('fd00:1::5/120'),
    ],
    eth1: [of('198.19.4.1/16'), of('10.1.2.3/8'), of('169.254.3.4/16')],
    tun0: [of('198.18.9.1/32'), of(null)],
  };
  expect(localNetworks(() => interfaces)).toEqual([
    { cidr: '198.18.0.0/24', interface: 'eth0' },
    { cidr: 'fd00:1::/120', interface: 'eth0' },
    { cidr: '198.19.0.0/16', interface: 'eth1' },
  ]);
});
