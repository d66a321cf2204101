import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PortSet } from '#domain/ports/port-set.js';
import { questionsShared } from '#domain/targets/scan-overlap.js';

test.each([
  ['addresses times ports', ['198.18.7.0/24'], '22,80', ['198.18.7.0/25'], '80-443', 128n],
  ['TCP and UDP apart', ['198.18.7.1'], 'T:53,U:53', ['198.18.7.0/24'], 'U:53', 1n],
  ['nothing without a common port', ['198.18.7.1'], '22', ['198.18.7.1'], '80', 0n],
  ['nothing without a common address', ['198.18.7.1'], '22', ['fd00::/64'], '22', 0n],
  ['the addresses, where no port is asked', ['fd00::/64'], '', ['fd00::-fd00::3'], '', 4n],
  ['nothing of a scan and a discovery', ['198.18.7.1'], '', ['198.18.7.1'], '22', 0n],
])('%s', (_, ourRanges, ourPorts, theirRanges, theirPorts, shared) => {
  const [ours, theirs] = [
    { targetRanges: ourRanges, ports: ourPorts },
    { targetRanges: theirRanges, ports: theirPorts },
  ];
  expect(questionsShared(ours)(theirs)).toBe(shared);
  expect(questionsShared(theirs)(ours)).toBe(shared);
});

test('ports in both sets are counted as one by one', () => {
  const range = fc
    .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 9 }))
    .map(([first, more]) => ({ first, last: first + more }));
  const ports = fc.record({ tcp: fc.array(range), udp: fc.array(range) }).map((ranges) => PortSet.of(ranges));
  fc.assert(
    fc.property(ports, ports, (a, b) => {
      const inBoth = Array.from({ length: a.count }, (_, at) => a.nth(at)).filter(({ protocol, port }) =>
        b.has(protocol, port),
      );
      expect(a.countShared(b)).toBe(inBoth.length);
    }),
  );
});
