import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, lastValue } from '#domain/addresses/address.js';
import { SocketAddress } from '#net/native/sockets/socket-address.js';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: native calls are made on Linux alone');

const family = fc.constantFrom(4 as const, 6 as const);
const address: fc.Arbitrary<Address> = family.chain((which) =>
  fc.record({ family: fc.constant(which), value: fc.bigInt(0n, lastValue(which)) }),
);

describe.skipIf(!isLinux)('socket address', () => {
  it('is read as it was set, also after another', () => {
    const memory = new SocketAddress();
    fc.assert(
      fc.property(address, fc.nat(65_535), (set, port) => {
        const byteLength = memory.set(set, port);
        expect(byteLength).toBe(set.family === 4 ? 16 : 28);
        expect(memory.address).toEqual(set);
        expect(memory.port).toBe(port);
      }),
    );
    memory.free();
  });
});
