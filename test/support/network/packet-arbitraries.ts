import * as fc from 'fast-check';
import type { Address } from '#domain/addresses/address.js';
import type { Endpoints } from '#net/packet/checksum.js';
import type { MacAddress } from '#net/packet/mac-address.js';

export const byte = fc.nat(0xff);
export const word16 = fc.nat(0xffff);
export const word32 = fc.nat(0xffff_ffff);
export const payload = fc.uint8Array({ maxLength: 64 });
export const ipv4Address: fc.Arbitrary<Address> = word32.map((value) => ({
  family: 4,
  value: BigInt(value),
}));
export const ipv6Address: fc.Arbitrary<Address> = fc
  .bigInt({ min: 0n, max: (1n << 128n) - 1n })
  .map((value) => ({ family: 6, value }));
export const mac: fc.Arbitrary<MacAddress> = fc
  .array(byte, { minLength: 6, maxLength: 6 })
  .map((bytes) => bytes.map((value) => value.toString(16).padStart(2, '0')).join(':'));
export const endpoints: fc.Arbitrary<Endpoints> = fc.oneof(
  fc.record({ source: ipv4Address, destination: ipv4Address }),
  fc.record({ source: ipv6Address, destination: ipv6Address }),
);
/** Complete 32-bit words, as options are padded to. */
export const paddedOptions = fc
  .array(word32, { maxLength: 10 })
  .map((texts) =>
    Uint8Array.from(
      texts.flatMap((text) => [text >>> 24, (text >>> 16) & 0xff, (text >>> 8) & 0xff, text & 0xff]),
    ),
  );
export const echo = fc.record({
  kind: fc.constantFrom('echo-request' as const, 'echo-reply' as const),
  identifier: word16,
  sequence: word16,
  data: payload,
});
