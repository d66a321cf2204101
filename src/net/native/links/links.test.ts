import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type Address, formatAddress, parseAddress } from '#domain/addresses/address.js';
import { LinkTable } from '#net/native/links/links.js';

const MAC = '02:00:00:00:00:01';

function own(address: string, internal = false): NetworkInterfaceInfo {
  const mac = internal ? '00:00:00:00:00:00' : MAC;
  const rest = { netmask: '', mac, internal, cidr: null };
  return address.includes(':')
    ? { address, family: 'IPv6', scopeid: 0, ...rest }
    : { address, family: 'IPv4', ...rest };
}

// 198.18.0.0/16 on link, 198.18.7.0/24 by a router, a default route, and 198.19.0.0/24 that is down.
const IPV4_ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010012C6\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000012C6\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t000712C6\t020012C6\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t000013C6\t00000000\t0000\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;
const ZERO = '0'.repeat(32);
const IPV6_ROUTES = [
  `fd000000000000000000000000000000 40 ${ZERO} 00 ${ZERO} 00000100 00000001 00000000 00000001 eth0`,
  `fd000000000000010000000000000000 40 ${ZERO} 00 fd0000000000000000000000000000fe 00000100 00000001 00000000 00000003 eth0`,
  `fd000000000000000000000000000001 80 ${ZERO} 00 ${ZERO} 00000000 00000001 00000000 80200001 eth0`,
  `fe800000000000000000000000000000 40 ${ZERO} 00 ${ZERO} 00000100 00000001 00000000 00000001 eth0`,
].join('\n');

const links = new LinkTable({
  interfaces: {
    lo: [own('127.0.0.1', true), own('::1', true)],
    eth0: [own('198.18.0.1'), own('fd00::1')],
  },
  ipv4Routes: IPV4_ROUTES,
  ipv6Routes: IPV6_ROUTES,
  indexOf: (name) => (name === 'eth0' ? 7 : 0),
});

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new RangeError(text);
  return parsed;
}

describe('the links of this machine', () => {
  test.each([
    ['198.18.0.2', '198.18.0.1'],
    ['198.18.255.255', '198.18.0.1'],
    ['fd00::2', 'fd00::1'],
  ])('reach %s from %s', (target, source) => {
    const found = links.onLink(address(target));
    expect(found).toMatchObject({ interfaceName: 'eth0', interfaceIndex: 7, mac: MAC });
    expect(found && formatAddress(found.source)).toBe(source);
  });

  test.each([
    ['behind a narrower route to a router', '198.18.7.5'],
    ['behind the default route', '198.17.0.1'],
    ['on a route that is down', '198.19.0.5'],
    ['its own', '198.18.0.1'],
    ['its own in IPv6', 'fd00::1'],
    ['behind a router in IPv6', 'fd00:0:0:1::5'],
    ['link-local', 'fe80::5'],
    ['without a route in IPv6', 'fd01::1'],
    ['loopback', '127.0.0.1'],
  ])('do not reach an address %s', (_what, target) => {
    expect(links.onLink(address(target))).toBeUndefined();
  });
});
