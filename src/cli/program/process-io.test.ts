import { expect, test } from 'vitest';
import { columnsOf } from '#cli/program/process-io.js';

test.each([
  [undefined, undefined, 80],
  [0, undefined, 80],
  [undefined, 60, 60],
  [0, 60, 60],
  [100, undefined, 100],
  [100, 60, 60],
  [40, 60, 40],
])('a terminal of %s cells, with a requested width of %s, is %d wide', (own, probed, columns) => {
  expect(columnsOf(own, probed)).toBe(columns);
});
