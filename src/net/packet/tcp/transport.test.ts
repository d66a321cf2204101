import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transportChecksum } from '#net/packet/checksum.js';
import { PacketError } from '#net/packet/packet-error.js';
import { decodeTcp, encodeTcp } from '#net/packet/tcp/tcp.js';
import { decodeTcpOptions, encodeTcpOptions, type TcpOption } from '#net/packet/tcp/tcp-options.js';
import { decodeUdp, encodeUdp } from '#net/packet/udp.js';
import {
  byte,
  endpoints,
  paddedOptions,
  payload,
  word16,
  word32,
} from '../../../../test/support/network/packet-arbitraries.ts';

const tcp = fc.record({
  sourcePort: word16,
  destinationPort: word16,
  sequence: word32,
  acknowledgement: word32,
  flags: byte,
  window: word16,
  urgentPointer: word16,
  options: paddedOptions,
  payload,
});
const option: fc.Arbitrary<TcpOption> = fc.oneof(
  word16.map((bytes) => ({ kind: 'mss' as const, bytes })),
  byte.map((shift) => ({ kind: 'window-scale' as const, shift })),
  fc.constant({ kind: 'sack-permitted' as const }),
  fc
    .array(fc.record({ left: word32, right: word32 }), { minLength: 1, maxLength: 2 })
    .map((blocks) => ({ kind: 'sack' as const, blocks })),
  fc.record({ kind: fc.constant('timestamps' as const), value: word32, echo: word32 }),
  fc.record({
    kind: fc.constant('other' as const),
    number: fc.integer({ min: 9, max: 255 }),
    data: fc.uint8Array({ maxLength: 6 }),
  }),
);

describe('TCP', () => {
  test('is decoded as it was encoded, with a checksum that adds up to nothing', () => {
    fc.assert(
      fc.property(tcp, endpoints, (value, ends) => {
        const bytes = encodeTcp(value, ends);
        expect(decodeTcp(bytes)).toEqual(value);
        expect(transportChecksum(ends, 6, bytes)).toBe(0);
      }),
    );
  });

  test.each([
    ['a header shorter than its fixed part', 0x40, new PacketError('bad-length', 12)],
    ['a header longer than the bytes', 0x60, new PacketError('truncated', 20)],
  ])('is refused with %s', (_what, length, error) => {
    const bytes = new Uint8Array(20);
    bytes[12] = length;
    expect(decodeTcp(bytes)).toEqual(error);
  });
});

describe('TCP options', () => {
  test('are decoded as they were encoded', () => {
    fc.assert(
      fc.property(fc.array(option, { maxLength: 2 }), (options) => {
        expect(decodeTcpOptions(encodeTcpOptions(options))).toEqual(options);
      }),
    );
  });

  test('are found behind padding, and not behind the end', () => {
    expect(decodeTcpOptions(Uint8Array.of(1, 1, 3, 3, 7, 0, 2, 4))).toEqual([
      { kind: 'window-scale', shift: 7 },
    ]);
  });

  test.each([
    ['a length that does not even cover itself', [2, 1, 0, 0], new PacketError('bad-option', 1)],
    ['a length that is not the one of its kind', [1, 2, 3, 0], new PacketError('bad-option', 2)],
    ['no length', [1, 1, 1, 2], new PacketError('truncated', 4)],
    ['a length beyond the header', [2, 4, 5, 5, 8, 10, 1, 1], new PacketError('truncated', 8)],
  ])('are refused with %s', (_what, bytes, error) => {
    expect(decodeTcpOptions(Uint8Array.from(bytes))).toEqual(error);
  });

  test('have no room for more than 40 bytes', () => {
    const stamp = { kind: 'timestamps' as const, value: 1, echo: 1 };
    expect(() => encodeTcpOptions([stamp, stamp, stamp, stamp, stamp])).toThrow(RangeError);
    const [segment] = fc.sample(tcp, 1);
    if (segment === undefined) throw new Error('no example');
    expect(() => encodeTcp({ ...segment, options: new Uint8Array(44) })).toThrow(RangeError);
  });
});

describe('UDP', () => {
  const datagram = fc.record({ sourcePort: word16, destinationPort: word16, payload });

  test('is decoded as it was encoded, with a checksum that is never none', () => {
    fc.assert(
      fc.property(datagram, endpoints, payload, (value, ends, padding) => {
        const bytes = encodeUdp(value, ends);
        expect(decodeUdp(Uint8Array.of(...bytes, ...padding))).toEqual(value);
        expect(transportChecksum(ends, 17, bytes)).toBe(0);
        expect(bytes[6] === 0 && bytes[7] === 0).toBe(false);
      }),
    );
  });

  test.each([
    [7, new PacketError('bad-length', 4)],
    [9, new PacketError('truncated', 8)],
  ])('is refused with a length of %i in 8 bytes', (length, error) => {
    const bytes = new Uint8Array(8);
    bytes[5] = length;
    expect(decodeUdp(bytes)).toEqual(error);
  });
});
