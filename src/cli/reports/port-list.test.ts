import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { portSummary } from '#cli/reports/port-list.js';
import { MAX_PORT, type PortRange, PortSet } from '#domain/ports/port-set.js';

const port = fc.integer({ min: 1, max: MAX_PORT });
const ranges = fc.array(
  fc.tuple(port, port).map(([a, b]): PortRange => ({ first: Math.min(a, b), last: Math.max(a, b) })),
  { maxLength: 20 },
);
const portSets = fc
  .record({ tcp: ranges, udp: ranges })
  .map((parts) => PortSet.of(parts))
  .filter(({ count }) => count > 0);

test('shows the beginning of the list in whole items, and no more cells than there are', () => {
  fc.assert(
    fc.property(portSets, fc.integer({ min: 20, max: 120 }), (set, cells) => {
      const list = set.toString();
      const shown = portSummary(list, cells);
      expect(shown.length).toBeLessThanOrEqual(cells);
      const [, items = ''] = shown.split(': ');
      if (items.endsWith('…')) expect(`${list},`.startsWith(items.slice(0, -1))).toBe(true);
      else expect(items).toBe(list);
    }),
  );
});

test.each([
  ['22', 80, '1 port: 22'],
  ['T:22,U:53', 80, '2 ports: T:22,U:53'],
  ['1-65535', 80, '65,535 ports: 1-65535'],
  ['1,5,7,9,11', 18, '5 ports: 1,5,7,9,…'],
  ['1,5,7,9,11', 19, '5 ports: 1,5,7,9,11'],
])('%s in %d cells', (list, cells, text) => {
  expect(portSummary(list, cells)).toBe(text);
});
