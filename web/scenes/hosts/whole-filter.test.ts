import { expect, test } from 'vitest';
import { parseFilter } from '#domain/filter/parse.js';
import { printFilter } from '#domain/filter/print.js';
import { wholeFilter } from './whole-filter.ts';

test.each([
  [{ filter: undefined, status: undefined, isIgnored: false }, 'ignored:no'],
  [{ filter: undefined, status: 'up', isIgnored: true }, 'status:up and ignored:yes'],
  [
    { filter: 'port:22 or tag:a', status: 'gone', isIgnored: false },
    '(port:22 or tag:a) and status:gone and ignored:no',
  ],
  [{ filter: 'port:22 or ignored:yes', status: undefined, isIgnored: false }, 'port:22 or ignored:yes'],
  [{ filter: 'desk', status: undefined, isIgnored: false }, 'desk and ignored:no'],
] as const)('whoever %j lists is found by %s', (listed, expected) => {
  expect(printFilter(parseFilter(wholeFilter(listed)))).toBe(expected);
});
