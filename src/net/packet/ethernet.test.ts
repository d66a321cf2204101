import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeArp, encodeArp } from '#net/packet/arp.js';
import { decodeEthernet, ETHERTYPE, encodeEthernet } from '#net/packet/ethernet.js';
import { macBytes } from '#net/packet/mac-address.js';
import { PacketError } from '#net/packet/packet-error.js';
import { ipv4Address, mac, payload, word16 } from '../../../test/support/network/packet-arbitraries.ts';

const frame = fc.record({
  destination: mac,
  source: mac,
  etherType: word16.filter((value) => value !== ETHERTYPE.vlan),
  payload,
});
const arp = fc.record({
  operation: fc.constantFrom('request' as const, 'reply' as const),
  senderMac: mac,
  senderAddress: ipv4Address,
  targetMac: mac,
  targetAddress: ipv4Address,
});

describe('Ethernet', () => {
  test('is decoded as it was encoded, with and without a VLAN tag', () => {
    fc.assert(
      fc.property(frame, fc.option(fc.nat(0xfff), { nil: undefined }), (value, vlan) => {
        const complete = vlan === undefined ? value : { ...value, vlan };
        expect(decodeEthernet(encodeEthernet(complete))).toEqual(complete);
      }),
    );
  });

  test('needs a whole header, and a whole tag behind the mark of one', () => {
    const tagged = encodeEthernet({
      destination: '02:00:00:00:00:01',
      source: '02:00:00:00:00:02',
      vlan: 5,
      etherType: ETHERTYPE.arp,
      payload: new Uint8Array(),
    });
    expect(decodeEthernet(tagged.subarray(0, 13))).toEqual(new PacketError('truncated', 13));
    expect(decodeEthernet(tagged.subarray(0, 16))).toEqual(new PacketError('truncated', 16));
    expect(() => macBytes('02:00:00:00:00')).toThrow(RangeError);
  });
});

describe('ARP', () => {
  test('is decoded as it was encoded, whatever padding follows', () => {
    fc.assert(
      fc.property(arp, payload, (value, padding) => {
        expect(decodeArp(Uint8Array.of(...encodeArp(value), ...padding))).toEqual(value);
      }),
    );
  });

  test.each([
    ['hardware other than Ethernet', 1, 6, 'unsupported', 0],
    ['a protocol other than IPv4', 2, 0x86, 'unsupported', 2],
    ['hardware addresses of another size', 4, 8, 'bad-length', 4],
    ['protocol addresses of another size', 5, 16, 'bad-length', 5],
    ['another operation', 7, 9, 'unsupported', 6],
  ] as const)('is refused with %s', (_what, at, value, code, offset) => {
    const [example] = fc.sample(arp, { numRuns: 1, seed: 1 });
    if (example === undefined) throw new Error('no example');
    const bytes = encodeArp(example);
    bytes[at] = value;
    expect(decodeArp(bytes)).toEqual(new PacketError(code, offset));
  });
});
