import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { internetChecksum, transportChecksum } from '#net/packet/checksum.js';
import { decodeIcmp, encodeIcmp, ICMP_UNREACHABLE, type IcmpMessage } from '#net/packet/icmp.js';
import { decodeQuote } from '#net/packet/icmp-quote.js';
import { decodeIcmpv6, encodeIcmpv6, ICMPV6_UNREACHABLE, type Icmpv6Message } from '#net/packet/icmpv6.js';
import { encodeIpv4 } from '#net/packet/ip/ipv4.js';
import { encodeIpv6 } from '#net/packet/ip/ipv6.js';
import { PacketError } from '#net/packet/packet-error.js';
import {
  byte,
  echo,
  ipv6Address,
  mac,
  payload,
  word16,
  word32,
} from '../../../test/support/network/packet-arbitraries.ts';

const rest = fc.uint8Array({ minLength: 4, maxLength: 40 });
const timeExceeded = fc.record({
  kind: fc.constant('time-exceeded' as const),
  isReassembly: fc.boolean(),
  quote: payload,
});
const icmp: fc.Arbitrary<IcmpMessage> = fc.oneof(
  echo,
  fc.record({
    kind: fc.constantFrom('timestamp-request' as const, 'timestamp-reply' as const),
    identifier: word16,
    sequence: word16,
    originateMs: word32,
    receiveMs: word32,
    transmitMs: word32,
  }),
  fc.record({
    kind: fc.constant('unreachable' as const),
    what: fc.constantFrom(...ICMP_UNREACHABLE),
    mtuBytes: word16,
    quote: payload,
  }),
  timeExceeded,
  fc.record({ kind: fc.constant('other' as const), type: fc.constantFrom(4, 5, 9, 42), code: byte, rest }),
  fc.record({
    kind: fc.constant('other' as const),
    type: fc.constantFrom(0, 3, 8, 11, 13),
    code: fc.constant(77),
    rest,
  }),
);
const icmpv6: fc.Arbitrary<Icmpv6Message> = fc.oneof(
  echo,
  fc.record(
    { kind: fc.constant('neighbor-solicitation' as const), target: ipv6Address, sourceMac: mac },
    { requiredKeys: ['kind', 'target'] },
  ),
  fc.record(
    {
      kind: fc.constant('neighbor-advertisement' as const),
      target: ipv6Address,
      isRouter: fc.boolean(),
      isSolicited: fc.boolean(),
      isOverride: fc.boolean(),
      targetMac: mac,
    },
    { requiredKeys: ['kind', 'target', 'isRouter', 'isSolicited', 'isOverride'] },
  ),
  fc.record({
    kind: fc.constant('unreachable' as const),
    what: fc.constantFrom(...ICMPV6_UNREACHABLE),
    quote: payload,
  }),
  timeExceeded,
  fc.record({ kind: fc.constant('other' as const), type: fc.constantFrom(2, 4, 133, 200), code: byte, rest }),
);
const ends = fc.record({ source: ipv6Address, destination: ipv6Address });

describe('ICMP', () => {
  test('is decoded as it was encoded, with a checksum that adds up to nothing', () => {
    fc.assert(
      fc.property(icmp, (value) => {
        const bytes = encodeIcmp(value);
        expect(decodeIcmp(bytes)).toEqual(value);
        expect(internetChecksum(bytes)).toBe(0);
      }),
    );
  });

  test('is refused when its header or its timestamps are not whole', () => {
    expect(decodeIcmp(new Uint8Array(7))).toEqual(new PacketError('truncated', 7));
    expect(decodeIcmp(Uint8Array.of(14, 0, ...new Uint8Array(17)))).toEqual(new PacketError('truncated', 19));
  });
});

describe('ICMPv6', () => {
  test('is decoded as it was encoded, with a checksum that adds up to nothing', () => {
    fc.assert(
      fc.property(icmpv6, ends, (value, between) => {
        const bytes = encodeIcmpv6(value, between);
        expect(decodeIcmpv6(bytes)).toEqual(value);
        expect(transportChecksum(between, 58, bytes)).toBe(0);
      }),
    );
  });

  test.each([
    ['its target is not whole', [135, ...new Uint8Array(22)], new PacketError('truncated', 23)],
    ['an option is empty', [135, ...new Uint8Array(23), 1, 0, 0], new PacketError('bad-option', 25)],
    ['an option has no length', [135, ...new Uint8Array(23), 1], new PacketError('truncated', 25)],
    ['an option is cut off', [136, ...new Uint8Array(23), 2, 1, 0], new PacketError('truncated', 27)],
  ])('is refused when %s', (_what, bytes, error) => {
    expect(decodeIcmpv6(Uint8Array.from(bytes))).toEqual(error);
  });
});

describe('the quote in an ICMP error', () => {
  const V4 = { source: { family: 4, value: 1n }, destination: { family: 4, value: 2n } } as const;
  const V6 = { source: { family: 6, value: 1n }, destination: { family: 6, value: 2n } } as const;
  const PLAIN = {
    ...V4,
    ttl: 1,
    trafficClass: 0,
    identification: 0,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    options: new Uint8Array(),
  };
  const TRANSPORT = Uint8Array.of(0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 9, 9, 9, 9);

  test.each([
    [6, { kind: 'ports', sourcePort: 0x0102, destinationPort: 0x0304, sequence: 0x0506_0708 }],
    [17, { kind: 'ports', sourcePort: 0x0102, destinationPort: 0x0304 }],
    [1, { kind: 'other' }],
    [58, { kind: 'other' }],
  ])('of protocol %i says what it was', (protocol, quote) => {
    // An error quotes 8 bytes of the transport at least, while the total length tells of all.
    const bytes = encodeIpv4({ ...PLAIN, protocol, payload: TRANSPORT }).subarray(0, 28);
    expect(decodeQuote(bytes, 4)).toEqual({ ...V4, protocol, ...quote });
  });

  test('of an echo request tells which', () => {
    const request = encodeIcmp({ kind: 'echo-request', identifier: 5, sequence: 6, data: TRANSPORT });
    const echoed = { kind: 'echo', identifier: 5, sequence: 6 };
    expect(decodeQuote(encodeIpv4({ ...PLAIN, protocol: 1, payload: request }), 4)).toMatchObject(echoed);
    const packet = { ...V6, hopLimit: 1, trafficClass: 0, flowLabel: 0, extensions: [], protocol: 58 };
    const request6 = encodeIcmpv6({ kind: 'echo-request', identifier: 5, sequence: 6, data: TRANSPORT }, V6);
    expect(decodeQuote(encodeIpv6({ ...packet, payload: request6 }), 6)).toMatchObject({ ...V6, ...echoed });
  });

  test('has no ports in a later fragment', () => {
    const later = { ...PLAIN, protocol: 6, fragmentOffset: 8, payload: TRANSPORT };
    expect(decodeQuote(encodeIpv4(later), 4)).toMatchObject({ kind: 'other' });
  });

  test('is refused when it is too short to tell', () => {
    const bytes = encodeIpv4({ ...PLAIN, protocol: 6, payload: TRANSPORT });
    expect(decodeQuote(bytes.subarray(0, 27), 4)).toEqual(new PacketError('truncated', 27));
    expect(decodeQuote(bytes.subarray(0, 19), 4)).toEqual(new PacketError('truncated', 19));
  });
});
