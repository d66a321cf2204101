import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_PORT, type PortRange, PortSet } from '#domain/ports/port-set.js';
import { parsePorts } from '#domain/ports/ports.js';

const range: fc.Arbitrary<PortRange> = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: 1, max: MAX_PORT }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: MAX_PORT - 40, max: MAX_PORT }),
    ),
    fc.integer({ min: 0, max: 12 }),
  )
  .map(([first, more]) => ({ first, last: Math.min(MAX_PORT, first + more) }));
const ranges = fc.array(range, { maxLength: 10 });

function listed(given: readonly PortRange[]): number[] {
  const ports = given.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, at) => first + at),
  );
  return [...new Set(ports)].sort((a, b) => a - b);
}

describe('PortSet', () => {
  test('counts, indexes and has like the list of its ports', () => {
    fc.assert(
      fc.property(ranges, ranges, (tcp, udp) => {
        const set = PortSet.of({ tcp, udp });
        const expected = [
          ...listed(tcp).map((port) => ({ protocol: 'tcp', port })),
          ...listed(udp).map((port) => ({ protocol: 'udp', port })),
        ];
        expect(set.count).toBe(expected.length);
        expect(expected.map((_, index) => set.nth(index))).toEqual(expected);
        for (const [protocol, given] of [
          ['tcp', tcp],
          ['udp', udp],
        ] as const) {
          const members = new Set(listed(given));
          for (const port of [
            1,
            2,
            40,
            MAX_PORT - 1,
            MAX_PORT,
            ...given.flatMap(({ first, last }) => [first - 1, first, last, last + 1]),
          ]) {
            expect(set.has(protocol, port)).toBe(members.has(port));
          }
        }
      }),
    );
  });

  test('its text is canonical and read back as the same set', () => {
    fc.assert(
      fc.property(ranges, ranges, (tcp, udp) => {
        fc.pre(tcp.length + udp.length > 0);
        const set = PortSet.of({ tcp, udp });
        const again = parsePorts(set.toString());
        expect({ tcp: again.tcp, udp: again.udp }).toEqual({ tcp: set.tcp, udp: set.udp });
        expect(again.toString()).toBe(set.toString());
      }),
    );
  });

  test('the longest text there is can be read back', () => {
    const odd = Array.from({ length: 32_768 }, (_, at) => ({ first: at * 2 + 1, last: at * 2 + 1 }));
    const text = PortSet.of({ tcp: odd, udp: odd }).toString();
    expect(parsePorts(text).toString()).toBe(text);
  });

  test.each([
    [
      {
        tcp: [
          { first: 22, last: 22 },
          { first: 80, last: 80 },
        ],
      },
      '22,80',
    ],
    [
      {
        tcp: [
          { first: 80, last: 81 },
          { first: 82, last: 90 },
        ],
      },
      '80-90',
    ],
    [{ udp: [{ first: 53, last: 53 }] }, 'U:53'],
    [{ tcp: [{ first: 22, last: 22 }], udp: [{ first: 53, last: 53 }] }, 'T:22,U:53'],
    [{ tcp: [{ first: 1, last: 65_535 }] }, '1-65535'],
    [{}, ''],
  ])('%j is %j', (given, text) => {
    expect(PortSet.of(given).toString()).toBe(text);
  });

  test.each([
    { first: 0, last: 1 },
    { first: 2, last: 1 },
    { first: 1, last: 65_536 },
    { first: 1.5, last: 2 },
    { first: Number.NaN, last: 2 },
  ])('$first-$last is no port range', (bad) => {
    expect(() => PortSet.of({ tcp: [bad] })).toThrow(RangeError);
    expect(() => PortSet.of({ udp: [bad] })).toThrow(RangeError);
  });

  test.each([-1, 2, 0.5, Number.NaN])('index %d of two throws', (index) => {
    const set = PortSet.of({ tcp: [{ first: 1, last: 1 }], udp: [{ first: 1, last: 1 }] });
    expect(() => set.nth(index)).toThrow(RangeError);
  });
});
