import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_PORT, PortSet } from '#domain/ports/port-set.js';
import { countPorts } from '#domain/ports/port-text.js';
import { parsePorts } from '#domain/ports/ports.js';

const ranges = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: MAX_PORT }), fc.integer({ min: 0, max: 30 }))
    .map(([first, more]) => ({ first, last: Math.min(MAX_PORT, first + more) })),
  { maxLength: 20 },
);

describe('countPorts', () => {
  test('counts what the set counts that wrote the text', () => {
    fc.assert(
      fc.property(ranges, ranges, (tcp, udp) => {
        const set = PortSet.of({ tcp, udp });
        fc.pre(set.count > 0);
        expect(countPorts(set.toString())).toBe(set.count);
      }),
    );
    expect(countPorts(parsePorts('top-1000').toString())).toBe(1_000);
  });

  test.each(['', 'ssh', 'top-100', '22,', '-1024', '60000-'])('cannot tell for %j', (text) => {
    expect(countPorts(text)).toBeUndefined();
  });
});
