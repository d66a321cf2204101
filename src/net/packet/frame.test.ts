import { describe, expect, test } from 'vitest';
import { decodeFrame } from '#net/packet/frame.js';
import { isPacketError, PacketError } from '#net/packet/packet-error.js';
import { FRAME_CORPUS } from '../../../test/support/network/frame-corpus.ts';
import { mutateFrames, truncateFrames } from '../../../test/support/network/frame-fuzz.ts';
import { repetitions } from '../../../test/support/repetitions.ts';

const MUTATIONS = repetitions(100_000, 1_000_000);
const SEED = Number(process.env['PACKET_SEED'] ?? Date.now() % 0x7fff_ffff);

describe('decodeFrame', () => {
  test('reads every frame of the corpus to the end', () => {
    const kinds = FRAME_CORPUS.map((bytes) => {
      const frame = decodeFrame(bytes);
      if (isPacketError(frame)) return frame.code;
      return 'transport' in frame.network ? frame.network.transport.kind : frame.network.kind;
    });
    expect(kinds.join(' ')).toBe(
      `arp tcp tcp udp opaque opaque ${'icmp '.repeat(7)}tcp udp ${'icmpv6 '.repeat(5)}opaque`,
    );
  });

  test('counts the offset of an error from the start of the frame', () => {
    const tagged = Uint8Array.from(FRAME_CORPUS[1] ?? []);
    // Ethernet 14, tag 4, IPv4 20, then the 13th byte of TCP: its header length.
    tagged[50] = 0x10;
    expect(decodeFrame(tagged)).toEqual(new PacketError('bad-length', 50));
  });

  test('gives a value or a PacketError wherever a frame is cut off', () => {
    const { decoded, refused } = truncateFrames(FRAME_CORPUS);
    expect(decoded).toBeGreaterThanOrEqual(FRAME_CORPUS.length);
    expect(refused).toBeGreaterThan(decoded);
  });

  test('gives a value or a PacketError whatever becomes of its bytes', { timeout: 120_000 }, () => {
    console.info(`${MUTATIONS} mutations, PACKET_SEED=${SEED}`);
    const { decoded, refused } = mutateFrames(FRAME_CORPUS, MUTATIONS, SEED);
    expect(decoded + refused).toBe(MUTATIONS);
    expect(decoded).toBeGreaterThan(MUTATIONS / 10);
    expect(refused).toBeGreaterThan(MUTATIONS / 10);
  });
});
