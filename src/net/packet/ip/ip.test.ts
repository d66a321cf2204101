import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { internetChecksum } from '#net/packet/checksum.js';
import { decodeIpv4, encodeIpv4, isLaterFragment } from '#net/packet/ip/ipv4.js';
import {
  decodeIpv6,
  encodeIpv6,
  fragmentOf,
  IPV6_HEADER_BYTES,
  MAX_EXTENSION_HEADERS,
} from '#net/packet/ip/ipv6.js';
import { isPacketError, PacketError } from '#net/packet/packet-error.js';
import {
  byte,
  ipv4Address,
  ipv6Address,
  paddedOptions,
  payload,
  word16,
  word32,
} from '../../../../test/support/network/packet-arbitraries.ts';

const ipv4 = fc.record({
  source: ipv4Address,
  destination: ipv4Address,
  protocol: byte,
  ttl: byte,
  trafficClass: byte,
  identification: word16,
  dontFragment: fc.boolean(),
  moreFragments: fc.boolean(),
  fragmentOffset: fc.nat(0x1fff).map((unit) => unit * 8),
  options: paddedOptions,
  payload,
});
const anyIpv4 = fc.sample(ipv4, { numRuns: 1, seed: 1 })[0] ?? expect.fail('no example');
const PLAIN = { ...anyIpv4, options: new Uint8Array(), payload: new Uint8Array(8) };

describe('IPv4', () => {
  test('is decoded as it was encoded, whatever padding follows', () => {
    fc.assert(
      fc.property(ipv4, payload, (value, padding) => {
        const bytes = encodeIpv4(value);
        expect(internetChecksum(bytes.subarray(0, 20 + value.options.length))).toBe(0);
        expect(decodeIpv4(Uint8Array.of(...bytes, ...padding))).toEqual(value);
      }),
    );
  });

  test.each([
    ['another version', 0, 0x65, new PacketError('bad-version', 0)],
    ['a header shorter than its fixed part', 0, 0x44, new PacketError('bad-length', 0)],
    ['a header longer than the bytes', 0, 0x4f, new PacketError('truncated', 28)],
    ['a total length less than its header', 3, 19, new PacketError('bad-length', 2)],
    ['a total length beyond the bytes', 3, 29, new PacketError('truncated', 28)],
  ])('is refused with %s', (_what, at, value, error) => {
    const bytes = encodeIpv4(PLAIN);
    bytes[at] = value;
    expect(decodeIpv4(bytes)).toEqual(error);
  });

  test('may end early in a quote', () => {
    const bytes = encodeIpv4(PLAIN).subarray(0, 24);
    expect(decodeIpv4(bytes)).toEqual(new PacketError('truncated', 24));
    expect(decodeIpv4(bytes, { isQuote: true })).toEqual({ ...PLAIN, payload: new Uint8Array(4) });
  });

  test('knows a fragment that has no header above it', () => {
    expect(isLaterFragment({ fragmentOffset: 0 })).toBe(false);
    expect(isLaterFragment({ fragmentOffset: 8 })).toBe(true);
  });

  test('has no room for more than it has room for', () => {
    expect(() => encodeIpv4({ ...PLAIN, options: new Uint8Array(44) })).toThrow(RangeError);
    expect(() => encodeIpv4({ ...PLAIN, options: new Uint8Array(3) })).toThrow(RangeError);
    expect(() => encodeIpv4({ ...PLAIN, payload: new Uint8Array(65_516) })).toThrow(RangeError);
  });
});

const FRAGMENT_HEADER = 44;
/** The first byte is the next header, which the encoder writes: the value holds what decoding will find there. */
const extension = fc.oneof(
  fc
    .record({ header: fc.constantFrom(0, 43, 60, 135), units: fc.nat(3), fill: byte })
    .map(({ header, units, fill }) => ({
      header,
      bytes: Uint8Array.of(0, units, ...new Uint8Array(6 + units * 8).fill(fill)),
    })),
  fc
    .record({ header: fc.constant(51), words: fc.integer({ min: 0, max: 3 }), fill: byte })
    .map(({ header, words, fill }) => ({
      header,
      bytes: Uint8Array.of(0, words * 2, ...new Uint8Array(6 + words * 8).fill(fill)),
    })),
  fc.record({ more: fc.nat(1), identification: word32 }).map(({ more, identification }) => ({
    header: FRAGMENT_HEADER,
    bytes: Uint8Array.of(0, 0, 0, more, identification >>> 24, 0, 0, identification & 0xff),
  })),
);
const ipv6 = fc
  .record({
    source: ipv6Address,
    destination: ipv6Address,
    hopLimit: byte,
    trafficClass: byte,
    flowLabel: fc.nat(0xf_ffff),
    extensions: fc.array(extension, { maxLength: 5 }),
    protocol: fc.constantFrom(6, 17, 58, 59, 50),
    payload,
  })
  .map((packet) => ({
    ...packet,
    extensions: packet.extensions.map(({ header, bytes }, index) => ({
      header,
      bytes: Uint8Array.of(packet.extensions[index + 1]?.header ?? packet.protocol, ...bytes.subarray(1)),
    })),
  }));
const BARE = {
  ...(fc.sample(ipv6, { numRuns: 1, seed: 1 })[0] ?? expect.fail('no example')),
  extensions: [],
  protocol: 6,
};

describe('IPv6', () => {
  test('is decoded as it was encoded, whatever padding follows', () => {
    fc.assert(
      fc.property(ipv6, payload, (value, padding) => {
        expect(decodeIpv6(Uint8Array.of(...encodeIpv6(value), ...padding))).toEqual(value);
      }),
    );
  });

  test('does not follow a chain of headers without end', () => {
    const options = { header: 60, bytes: new Uint8Array(8) };
    const chain = (length: number) =>
      decodeIpv6(encodeIpv6({ ...BARE, extensions: Array.from({ length }, () => options) }));
    expect(isPacketError(chain(MAX_EXTENSION_HEADERS))).toBe(false);
    const tooFar = IPV6_HEADER_BYTES + MAX_EXTENSION_HEADERS * 8;
    expect(chain(MAX_EXTENSION_HEADERS + 1)).toEqual(new PacketError('too-many-headers', tooFar));
  });

  test('reads no header in the middle of a packet', () => {
    const later = { header: FRAGMENT_HEADER, bytes: Uint8Array.of(0, 0, 0, 0x11, 0, 0, 0, 7) };
    // What follows would be a chain of its own if it were read.
    const packet = decodeIpv6(encodeIpv6({ ...BARE, extensions: [later], protocol: 60 }));
    if (isPacketError(packet)) throw new Error(packet.code);
    expect(packet.protocol).toBe(60);
    expect(packet.payload).toEqual(BARE.payload);
    expect(fragmentOf(packet)).toEqual({ offset: 16, moreFragments: true, identification: 7 });
    expect(fragmentOf(BARE)).toBeUndefined();
  });

  test.each([
    ['another version', 0, 0x45, 'bad-version', 0],
    ['a payload beyond the bytes', 4, 0xff, 'truncated', 52],
  ] as const)('is refused with %s', (_what, at, value, code, offset) => {
    const bytes = encodeIpv6({ ...BARE, payload: new Uint8Array(12) });
    bytes[at] = value;
    expect(decodeIpv6(bytes)).toEqual(new PacketError(code, offset));
  });

  test('is refused with a header longer than the packet', () => {
    const long = { header: 60, bytes: Uint8Array.of(0, 9, 0, 0, 0, 0, 0, 0) };
    const bytes = encodeIpv6({ ...BARE, extensions: [long], payload: new Uint8Array() });
    expect(decodeIpv6(bytes)).toEqual(new PacketError('truncated', 48));
  });

  test('has no room for more than it has room for', () => {
    expect(() => encodeIpv6({ ...BARE, payload: new Uint8Array(65_536) })).toThrow(RangeError);
  });
});
