import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupNeighbors, PORT_BANDS, portPosition, tallyPorts } from './port-scale.ts';

const port = fc.integer({ min: 0, max: 65_535 });

describe('portPosition', () => {
  it('spans the strip from end to end', () => {
    expect(portPosition(0)).toBe(0);
    expect(portPosition(65_535)).toBe(1);
  });

  it('keeps the order of ports', () => {
    fc.assert(
      fc.property(port, port, (a, b) => {
        if (a < b) expect(portPosition(a)).toBeLessThan(portPosition(b) + Number.EPSILON);
      }),
    );
  });

  it('has bands that leave no port and no place out', () => {
    for (const [index, band] of PORT_BANDS.entries()) {
      const next = PORT_BANDS[index + 1];
      expect(next?.first ?? 65_536).toBe(band.last + 1);
      expect(next?.from ?? 1).toBe(band.to);
    }
  });
});

describe('tallyPorts', () => {
  it('counts a port once per host, whatever its protocols', () => {
    expect(tallyPorts([[53, 53, 22], [22], []])).toEqual([
      { port: 22, hosts: 2 },
      { port: 53, hosts: 1 },
    ]);
  });
});

describe('groupNeighbors', () => {
  it('puts together what stands too close to be pointed at alone', () => {
    const marks = tallyPorts([[22, 80, 8_000, 8_080, 50_000]]);
    const groups = groupNeighbors(marks).map((group) => group.map(({ port }) => port));
    expect(groups).toEqual([[22], [80], [8_000, 8_080], [50_000]]);
  });

  it('loses none and keeps their order', () => {
    fc.assert(
      fc.property(fc.array(port, { maxLength: 200 }), (ports) => {
        const marks = tallyPorts([ports]);
        expect(groupNeighbors(marks).flat()).toEqual(marks);
      }),
    );
  });
});
