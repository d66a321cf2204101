import { expect, it } from 'vitest';
import { type Address, parseAddress } from '#domain/addresses/address.js';
import {
  MAX_UNRESPONSIVE_PER_ADDRESS,
  MAX_UNRESPONSIVE_PER_NETWORK,
  UnresponsivePorts,
} from '#prober/engines/unresponsive-ports.js';

function at(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`no address ${text}`);
  return address;
}

it('gives up an address after two silent ports, unless one says something meanwhile', () => {
  const ports = new UnresponsivePorts();
  const [one, other] = [at('198.18.0.1'), at('198.18.0.2')];
  for (let round = 0; round < 3; round += 1) {
    ports.wasUnresponsive(one);
    expect(ports.isGivenUp(one)).toBe(false);
    ports.hasOutput(one);
  }
  for (let unresponsive = 0; unresponsive < MAX_UNRESPONSIVE_PER_ADDRESS; unresponsive += 1)
    ports.wasUnresponsive(one);
  expect([ports.isGivenUp(one), ports.isGivenUp(other)]).toEqual([true, false]);
});

it.each([
  ['198.18.7.', '198.18.7.200', '198.18.8.1'],
  ['fd00:0:0:1::', 'fd00:0:0:1:ffff::1', 'fd00:0:0:2::1'],
])('gives up a network of %s after so many silent ports in a row', (prefix, within, beyond) => {
  const ports = new UnresponsivePorts();
  const unresponsive = (many: number) => {
    for (let last = 1; last <= many; last += 1) ports.wasUnresponsive(at(`${prefix}${last}`));
  };
  unresponsive(MAX_UNRESPONSIVE_PER_NETWORK - 1);
  ports.hasOutput(at(within));
  unresponsive(MAX_UNRESPONSIVE_PER_NETWORK - 1);
  expect(ports.isGivenUp(at(within))).toBe(false);
  unresponsive(1);
  expect([ports.isGivenUp(at(within)), ports.isGivenUp(at(beyond))]).toEqual([true, false]);
});
