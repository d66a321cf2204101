import { expect, test } from 'vitest';
import { fullFilter } from './complete-filter.ts';

test.each([
  [{ filter: undefined, status: undefined, isIgnored: false }, 'ignored:no'],
  [{ filter: undefined, status: 'up', isIgnored: true }, 'status:up and ignored:yes'],
  [{ filter: 'port:22 or tag:a', status: 'gone', isIgnored: false }, '(port:22 or tag:a) and status:gone'],
  [{ filter: 'port:22 or ignored:yes', status: undefined, isIgnored: false }, 'port:22 or ignored:yes'],
  [{ filter: '{"term": "desk"}', status: 'up', isIgnored: false }, 'desk and status:up'],
] as const)('whoever %j lists is found by %s', (listed, expected) => {
  expect(fullFilter(listed)).toBe(expected);
});
