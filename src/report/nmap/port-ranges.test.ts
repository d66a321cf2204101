import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { countPorts, mergeRanges, parsePortList, subtractRanges } from '#report/nmap/port-ranges.js';

const range = fc
  .tuple(fc.nat({ max: 60 }), fc.nat({ max: 12 }))
  .map(([first, more]) => ({ first, last: first + more }));
const ranges = fc.array(range, { maxLength: 8 }).map(mergeRanges);
const numbersOf = (list: readonly { first: number; last: number }[]) =>
  list.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));

it('subtracts as sets of numbers do', () => {
  fc.assert(
    fc.property(ranges, ranges, (all, taken) => {
      const gone = new Set(numbersOf(taken));
      const left = subtractRanges(all, taken);
      expect(numbersOf(left)).toEqual(numbersOf(all).filter((port) => !gone.has(port)));
      expect(countPorts(left)).toBe(numbersOf(left).length);
    }),
  );
});

it('reads what nmap writes', () => {
  expect(parsePortList('80,1-3,4,0,65535')).toEqual([
    { first: 0, last: 4 },
    { first: 80, last: 80 },
    { first: 65_535, last: 65_535 },
  ]);
  for (const text of ['', 'a', '3-1', '65536', '1,,2', '-3', '1-'])
    expect(parsePortList(text)).toBeUndefined();
});
