import { expect, it } from 'vitest';
import { parseAddress } from '#domain/addresses/address.js';
import { OwnBroadcasts } from '#scan/engine/local-broadcasts.js';

const face = (address: string, prefix: number) => ({
  address,
  netmask: '',
  family: 'IPv4' as const,
  mac: '02:00:00:00:00:01',
  internal: false,
  cidr: `${address}/${prefix}`,
});

it('knows the last address of each of its networks, of those that have more than two', () => {
  let nowMs = 0;
  let interfaces = { eth: [face('198.18.0.9', 24), face('198.18.4.1', 30)], wg: [face('198.18.9.0', 31)] };
  const broadcasts = new OwnBroadcasts({ monotonic: () => nowMs }, () => interfaces);
  const has = (text: string): boolean => {
    const address = parseAddress(text);
    return address !== undefined && broadcasts.has(address);
  };
  const all = [
    '198.18.0.255',
    '198.18.4.3',
    '198.18.9.1',
    '198.18.0.0',
    '198.18.0.9',
    '198.18.1.255',
    'fd00::ff',
  ];
  expect(all.filter(has)).toEqual(['198.18.0.255', '198.18.4.3']);
  interfaces = { eth: [face('198.18.1.9', 24)], wg: [] };
  expect(has('198.18.1.255')).toBe(false);
  nowMs = 1_000;
  expect(all.filter(has)).toEqual(['198.18.1.255']);
});
