import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfAddress } from '#domain/addresses/address-bytes.js';
import { textsOf } from '#scan/raw-engine/byte-order.js';
import { HostTable } from '#scan/raw-hosts/host-table.js';
import { FrameWriter, MAX_PAYLOAD_BYTES, payloadOf, UDP_FRAME_BYTES } from '#scan/raw-probes/frame-writer.js';
import { LINK, SimulatedWires } from '../../../test/support/network/simulated-wire.ts';

/** The Internet checksum over bytes, in the most literal way: zero when the one inside is right. */
function literalChecksum(bytes: Uint8Array, pseudo: readonly number[]): number {
  let sum = 0;
  const all = [...pseudo, ...bytes, ...(bytes.length % 2 === 0 ? [] : [0])];
  for (let at = 0; at < all.length; at += 2) sum += (all[at] ?? 0) * 256 + (all[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

function pseudoHeader(frame: Uint8Array, isIpv4: boolean): { pseudo: number[]; transport: Uint8Array } {
  const transport = frame.subarray(isIpv4 ? 34 : 54);
  const addresses = isIpv4 ? frame.subarray(26, 34) : frame.subarray(22, 54);
  const protocol = frame[isIpv4 ? 23 : 20] ?? 0;
  return { pseudo: [...addresses, 0, protocol, transport.length >> 8, transport.length & 255], transport };
}

const address = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffff_ffffn }).map((value) => ({ family: 4 as const, value })),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => ({ family: 6 as const, value })),
);
const port = fc.integer({ min: 1, max: 65_535 });

describe('FrameWriter', () => {
  it('writes frames whose every field and checksum is right, also into a place used before', () => {
    fc.assert(
      fc.property(
        fc.record({
          target: address,
          sourceValue: fc.bigInt({ min: 0n, max: 0xffff_ffffn }),
          ports: fc.array(fc.tuple(port, port), { minLength: 1, maxLength: 3 }),
          cookie: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
          kind: fc.constantFrom('syn', 'ack', 'udp'),
          payload: fc.uint8Array({ maxLength: 64 }),
        }),
        ({ target, sourceValue, ports, cookie, kind, payload }) => {
          const isIpv4 = target.family === 4;
          const source = bytesOfAddress({ family: target.family, value: sourceValue });
          const wire = new SimulatedWires(() => []).openWire(LINK, target.family);
          const messages = wire.messages({ capacity: 1, strideBytes: UDP_FRAME_BYTES, use: 'send' });
          const writer = new FrameWriter(
            {
              family: target.family,
              protocol: kind === 'udp' ? 'udp' : 'tcp',
              tcpProbe: kind === 'ack' ? 'ack' : 'syn',
              hardware: LINK.hardwareAddress,
            },
            messages,
          );
          const hosts = new HostTable([target]);
          const hardware = Uint8Array.of(2, 1, 2, 3, 4, 5);
          const lane = { number: 0, hardware: textsOf(hardware), source: textsOf(source) };
          hosts.setLane(0, lane, { low: 1, high: 2 });
          for (const [sourcePort, toPort] of ports) {
            const fields = { sourcePort, port: toPort, cookie };
            const to = { hosts, host: 0 };
            if (kind === 'udp') writer.writeUdp(0, to, { ...fields, payload: payloadOf(payload) });
            else writer.writeTcp(0, to, fields);
            const frame = messages.bytes.slice(0, messages.receivedLength(0));
            const view = new DataView(frame.buffer);
            expect([...frame.subarray(0, 12)]).toEqual([...hardware, ...LINK.hardwareAddress]);
            expect([...frame.subarray(isIpv4 ? 26 : 22, isIpv4 ? 30 : 38)]).toEqual([...source]);
            expect([...frame.subarray(isIpv4 ? 30 : 38, isIpv4 ? 34 : 54)]).toEqual([
              ...bytesOfAddress(target),
            ]);
            const { pseudo, transport } = pseudoHeader(frame, isIpv4);
            if (isIpv4) {
              expect(view.getUint16(16)).toBe(frame.length - 14);
              expect(literalChecksum(frame.subarray(14, 34), [])).toBe(0);
            } else {
              expect(view.getUint16(18)).toBe(transport.length);
            }
            const at = isIpv4 ? 34 : 54;
            expect([view.getUint16(at), view.getUint16(at + 2)]).toEqual([sourcePort, toPort]);
            expect(literalChecksum(transport, pseudo)).toBe(0);
            if (kind === 'udp') {
              expect(view.getUint16(at + 4)).toBe(transport.length);
              expect([...transport.subarray(8)]).toEqual([...payload]);
            } else {
              expect(view.getInt32(at + 4)).toBe(cookie);
              expect(view.getInt32(at + 8)).toBe(kind === 'ack' ? cookie : 0);
              expect(view.getUint8(at + 13)).toBe(kind === 'ack' ? 0x10 : 0x02);
            }
          }
        },
      ),
    );
  });

  it('cuts a payload that would not fit', () => {
    expect(payloadOf(new Uint8Array(2_000)).bytes).toHaveLength(MAX_PAYLOAD_BYTES);
  });
});
