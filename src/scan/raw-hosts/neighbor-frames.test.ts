import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '#domain/addresses/address.js';
import { neighborRequest, readNeighbor } from '#scan/raw-hosts/neighbor-frames.js';

const HARDWARE = Uint8Array.of(2, 0, 0, 0, 0, 1);
const address = (text: string) => parseAddress(text) ?? { family: 4, value: 0n };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('neighbour frames', () => {
  it('ask by ARP over IPv4', () => {
    const frame = neighborRequest(address('198.18.0.2'), {
      hardware: HARDWARE,
      source: address('198.18.0.1'),
    });
    expect(hex(frame)).toBe(
      'ffffffffffff02000000000108060001080006040001020000000001c6120001000000000000c6120002',
    );
    expect(readNeighbor(frame)).toBeUndefined();
  });

  it('ask the solicited-node group over IPv6', () => {
    const frame = neighborRequest(address('fd00:18::a:b0c0'), {
      hardware: HARDWARE,
      source: address('fd00:18::1'),
    });
    expect(hex(frame.subarray(0, 14))).toBe('3333ff0ab0c002000000000186dd');
    expect(hex(frame.subarray(38, 54))).toBe('ff0200000000000000000001ff0ab0c0');
    expect(hex(frame.subarray(54, 56))).toBe('8700');
    expect(readNeighbor(frame)).toBeUndefined();
    // The checksum over pseudo header and message comes out as zero.
    let sum = 32 + 58;
    for (let at = 22; at < frame.length; at += 2) sum += (frame[at] ?? 0) * 256 + (frame[at + 1] ?? 0);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    expect(sum).toBe(0xffff);
  });

  it('are read from an ARP reply and from an advertisement that crossed no router', () => {
    const reply = Uint8Array.from(
      Buffer.from(
        [
          '020000000001',
          '020000000009',
          '0806',
          '0001080006040002',
          '020000000009',
          'c6120002',
          '020000000001',
          'c6120001',
        ].join(''),
        'hex',
      ),
    );
    expect(readNeighbor(reply)).toEqual({
      address: address('198.18.0.2'),
      hardware: Uint8Array.of(2, 0, 0, 0, 0, 9),
    });
    const advertisement = neighborRequest(address('fd00:18::2'), {
      hardware: Uint8Array.of(2, 0, 0, 0, 0, 9),
      source: address('fd00:18::2'),
    });
    advertisement[54] = 136;
    advertisement[78] = 2;
    expect(readNeighbor(advertisement)).toMatchObject({ address: address('fd00:18::2') });
    advertisement[21] = 254;
    expect(readNeighbor(advertisement)).toBeUndefined();
  });

  it('of any other bytes are no neighbour, and never an error', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom(0x0806, 0x86dd, 0x0800),
        (bytes, ethertype) => {
          if (bytes.length >= 14) new DataView(bytes.buffer).setUint16(12, ethertype);
          const found = readNeighbor(bytes);
          expect(found === undefined || found.hardware.length === 6).toBe(true);
        },
      ),
    );
  });
});
