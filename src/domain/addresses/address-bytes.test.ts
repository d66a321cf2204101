import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAddress } from '#domain/addresses/address.js';
import { addressOfBytes, bytesOfAddress } from '#domain/addresses/address-bytes.js';

const bytes = (text: string) => [...bytesOfAddress(parseAddress(text) ?? { family: 4, value: 0n })];

it('stands in packets as it is read', () => {
  expect(bytes('198.18.0.200')).toEqual([198, 18, 0, 200]);
  expect(bytes('fd00:18::2')).toEqual([0xfd, 0, 0, 0x18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
});

it('is the inverse of reading', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
      ),
      (bytes) => {
        expect([...bytesOfAddress(addressOfBytes(bytes))]).toEqual([...bytes]);
      },
    ),
  );
  expect(() => addressOfBytes(new Uint8Array(5))).toThrow(RangeError);
});
