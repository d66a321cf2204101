import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressBytes, concatBytes, viewOf } from '#net/packet/bytes.js';
import { internetChecksum, sumWords, transportChecksum, updatedChecksum } from '#net/packet/checksum.js';
import { endpoints, word16 } from '../../../test/support/network/packet-arbitraries.ts';

/** Word by word with the carry added at once, as the RFC words it. */
function naiveChecksum(bytes: Uint8Array): number {
  let sum = 0n;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += BigInt(bytes[at] ?? 0) * 256n + BigInt(bytes[at + 1] ?? 0);
    if (sum > 0xffffn) sum = sum - 0x10000n + 1n;
  }
  return Number(0xffffn - sum);
}

const message = fc.uint8Array({ maxLength: 300 });

describe('checksums', () => {
  test('are those of RFC 1071', () => {
    // The example of its section 3.
    const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(sumWords(example)).toBe(0xddf2);
    expect(internetChecksum(example)).toBe(0x220d);
  });

  test('of any bytes are the naive ones', () => {
    fc.assert(
      fc.property(message, (bytes) => {
        expect(internetChecksum(bytes)).toBe(naiveChecksum(bytes));
      }),
    );
  });

  test('hold for the longest message of all ones', () => {
    const ones = new Uint8Array(65_535).fill(0xff);
    expect(internetChecksum(ones)).toBe(naiveChecksum(ones));
  });

  test('with a pseudo header are those of the header and the message together', () => {
    fc.assert(
      fc.property(endpoints, fc.nat(0xff), message, (ends, protocol, bytes) => {
        const pseudo = new Uint8Array(8);
        viewOf(pseudo).setUint32(0, bytes.length);
        pseudo[7] = protocol;
        const complete = concatBytes([
          addressBytes(ends.source),
          addressBytes(ends.destination),
          pseudo,
          bytes,
        ]);
        expect(transportChecksum(ends, protocol, bytes)).toBe(naiveChecksum(complete));
      }),
    );
  });

  test('follow a change of one word', () => {
    const evenMessage = fc.array(word16, { minLength: 2, maxLength: 100 });
    fc.assert(
      fc.property(evenMessage, fc.nat(), word16, (words, place, newWord) => {
        // With a word that is not zero left, 0 and 0xffff are never two names of one sum.
        const bytes = Uint8Array.from([1, ...words, 1].flatMap((word) => [word >> 8, word & 0xff]));
        const view = viewOf(bytes);
        const at = 2 + (place % words.length) * 2;
        const before = internetChecksum(bytes);
        const oldWord = view.getUint16(at);
        view.setUint16(at, newWord);
        expect(updatedChecksum(before, oldWord, newWord)).toBe(internetChecksum(bytes));
      }),
    );
  });
});
