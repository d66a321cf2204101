import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPacketError, PacketError } from '#net/packet/packet-error.js';
import { decodePcap, encodePcap } from '#net/packet/pcap.js';
import { payload, word32 } from '../../../test/support/network/packet-arbitraries.ts';

const packets = fc.array(
  fc.record({ atMicroseconds: fc.nat({ max: 2 ** 32 * 1e6 - 1 }), bytes: payload, wireBytes: word32 }),
  { maxLength: 5 },
);

describe('a capture', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(packets, (written) => {
        const capture = { linkType: 1, packets: written };
        expect(decodePcap(encodePcap(capture))).toEqual({ ...capture, isCutOff: false });
      }),
    );
  });

  test('of a little-endian machine with nanoseconds is read too', () => {
    const file = Buffer.from(
      '4d3cb2a1' +
        '02000400' +
        '0000000000000000' +
        '00000400' +
        '01000000' + // 1 = Ethernet
        '01000000' +
        'e8030000' +
        '02000000' +
        '3c000000' +
        'abcd',
      'hex',
    );
    expect(decodePcap(Uint8Array.from(file))).toEqual({
      linkType: 1,
      packets: [{ atMicroseconds: 1_000_001, bytes: Uint8Array.of(0xab, 0xcd), wireBytes: 60 }],
      isCutOff: false,
    });
  });

  test('that was cut off keeps its whole packets, at whatever byte', () => {
    fc.assert(
      fc.property(packets, fc.nat(), (written, cut) => {
        const bytes = encodePcap({ linkType: 1, packets: written });
        const capture = decodePcap(bytes.subarray(0, cut % bytes.length));
        if (isPacketError(capture)) expect(capture.code).toBe('truncated');
        else expect(written.slice(0, capture.packets.length)).toEqual(capture.packets);
      }),
    );
  });

  test('is refused when it is something else, or a packet is absurdly long', () => {
    expect(decodePcap(new Uint8Array(24))).toEqual(new PacketError('bad-version', 0));
    const bytes = encodePcap({
      linkType: 1,
      packets: [{ atMicroseconds: 0, bytes: new Uint8Array(1), wireBytes: 1 }],
    });
    bytes[24 + 8] = 0xff;
    expect(decodePcap(bytes)).toEqual(new PacketError('bad-length', 32));
  });
});
