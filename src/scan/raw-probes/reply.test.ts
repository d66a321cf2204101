import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { textsOf } from '#scan/raw-engine/byte-order.js';
import { Reply } from '#scan/raw-probes/reply.js';
import { repetitions } from '../../../test/support/repetitions.ts';

it('reads any bytes without an error and without looking beyond them', () => {
  const reply = new Reply();
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 14, maxLength: 192 }),
      fc.constantFrom(0x0800, 0x86dd),
      fc.constantFrom(1, 6, 17, 58),
      (bytes, ethertype, protocol) => {
        const view = new DataView(bytes.buffer);
        view.setUint16(12, ethertype);
        if (bytes.length > 24) {
          bytes[14] = ethertype === 0x0800 ? 0x45 : 0x60;
          bytes[ethertype === 0x0800 ? 23 : 20] = protocol;
        }
        const words = textsOf(bytes);
        if (!reply.read(words, 0, bytes.length)) return;
        expect(reply.addressAt + reply.addressTexts).toBeLessThanOrEqual(words.length);
        for (const port of [reply.localPort, reply.remotePort]) {
          expect(port).toBeGreaterThanOrEqual(0);
          expect(port).toBeLessThanOrEqual(65_535);
        }
      },
    ),
    { numRuns: repetitions(400, 20_000) },
  );
});
