import { describe, expect, it } from 'vitest';
import { ownIpv4Addresses, ownIpv6Addresses, readOwnAddresses } from '#net/native/links/local-addresses.js';

const FIB_TRIE = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 198.18.0.0/24 2 0 2
        |-- 198.18.0.0
           /24 link UNICAST
        |-- 198.18.0.1
           /32 host LOCAL
        |-- 198.18.0.255
           /32 link BROADCAST
Local:
  +-- 127.0.0.0/8 2 0 2
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
`;
const IF_INET6 = `00000000000000000000000000000001 01 80 10 80       lo
fd000018000000000000000000000001 02 40 00 80 con-veth
`;

describe('own addresses', () => {
  it('are the leaves that the system calls its own', () => {
    expect(ownIpv4Addresses(FIB_TRIE)).toEqual(['198.18.0.1', '127.0.0.1']);
    expect(ownIpv4Addresses('')).toEqual([]);
  });

  it('are read from the list of IPv6 addresses', () => {
    expect(ownIpv6Addresses(IF_INET6)).toEqual([
      '0000:0000:0000:0000:0000:0000:0000:0001',
      'fd00:0018:0000:0000:0000:0000:0000:0001',
    ]);
    expect(ownIpv6Addresses('nonsense\n')).toEqual([]);
  });

  it('have loopback among them', () => {
    expect(readOwnAddresses()).toContain('127.0.0.1');
  });
});
