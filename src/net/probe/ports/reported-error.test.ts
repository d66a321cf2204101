import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '#domain/addresses/address.js';
import { resultOfReportedError } from '#net/probe/ports/reported-error.js';

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

const V4 = address('198.18.1.1');
const V6 = address('fd00::1');
const ROUTER_V4 = address('198.18.0.2');
const ROUTER_V6 = address('fd00:18::2');

function icmp(type: number, code: number, from = V4) {
  return resultOfReportedError({ code: 'EHOSTUNREACH', icmp: { protocol: 'icmp', type, code, from } }, V4);
}

function icmpv6(type: number, code: number, from = V6) {
  return resultOfReportedError({ code: 'EHOSTUNREACH', icmp: { protocol: 'icmpv6', type, code, from } }, V6);
}

describe('what the network reports', () => {
  it.each([
    [3, 'closed', 'port-unreach'],
    [0, 'filtered', 'net-unreach'],
    [1, 'filtered', 'host-unreach'],
    [2, 'filtered', 'proto-unreach'],
    [7, 'filtered', 'host-unreach'],
    [9, 'filtered', 'admin-prohibited'],
    [10, 'filtered', 'admin-prohibited'],
    [13, 'filtered', 'admin-prohibited'],
  ])('ICMP unreachable, code %i: %s %s', (code, state, reason) => {
    expect(icmp(3, code)).toEqual({ state, reason });
  });

  it.each([
    [4, 'closed', 'port-unreach'],
    [0, 'filtered', 'net-unreach'],
    [1, 'filtered', 'admin-prohibited'],
    [3, 'filtered', 'host-unreach'],
    [5, 'filtered', 'admin-prohibited'],
  ])('ICMPv6 unreachable, code %i: %s %s', (code, state, reason) => {
    expect(icmpv6(1, code)).toEqual({ state, reason });
  });

  it('hears that nobody listens from the host alone: from others it is a firewall', () => {
    const prohibited = { state: 'filtered', reason: 'admin-prohibited' };
    expect(icmp(3, 3, ROUTER_V4)).toEqual(prohibited);
    expect(icmpv6(1, 4, ROUTER_V6)).toEqual(prohibited);
  });

  it('knows a datagram that had to pass too many routers', () => {
    const expired = { state: 'filtered', reason: 'ttl-exceeded' };
    expect([icmp(11, 0, ROUTER_V4), icmpv6(3, 0, ROUTER_V6)]).toEqual([expired, expired]);
  });

  it('concludes nothing from what says nothing of the port', () => {
    expect(icmp(12, 0)).toBeUndefined();
    expect(icmpv6(2, 0)).toBeUndefined();
    const tooLarge = { protocol: 'icmp', type: 3, code: 4, from: ROUTER_V4 } as const;
    expect(resultOfReportedError({ code: 'EMSGSIZE', icmp: tooLarge }, V4)).toBeUndefined();
  });

  it('takes a report of this machine for a failure to ask', () => {
    expect(resultOfReportedError({ code: 'ENOBUFS', icmp: undefined }, V4)).toEqual({
      kind: 'local',
      code: 'ENOBUFS',
    });
  });
});
