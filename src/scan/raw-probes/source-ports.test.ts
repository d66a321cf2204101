import { expect, it } from 'vitest';
import {
  SOURCE_PORTS,
  SourcePorts,
  TCP_GROUP_PORTS,
  UDP_GROUP_PORTS,
} from '#scan/raw-probes/source-ports.js';

const FIRST = 61_000;
const ports = new SourcePorts(FIRST);

const cases = [
  { name: 'TCP', groupOf: (port: number) => ports.tcpGroup(port), size: TCP_GROUP_PORTS },
  { name: 'UDP', groupOf: (port: number) => ports.udpGroup(port), size: UDP_GROUP_PORTS },
];

it.each(cases)('never lets a $name probe that comes back pass for a reply', ({ groupOf, size }) => {
  const confused: number[] = [];
  for (let port = 1; port <= 65_535; port += 1) {
    const from = groupOf(port);
    const isInside = from >= FIRST && from + size <= FIRST + SOURCE_PORTS;
    // The probe from `source` to `port` looks like a reply of `source` to a probe from `port`.
    const sources = Array.from({ length: size }, (_, at) => groupOf(from + at));
    if (!isInside || sources.some((group) => port >= group && port < group + size)) confused.push(port);
  }
  expect(confused).toEqual([]);
});

it('keeps TCP and UDP apart', () => {
  expect(ports.tcpGroup(80) + TCP_GROUP_PORTS).toBeLessThanOrEqual(ports.udpGroup(80));
  expect(ports.last - ports.first + 1).toBe(SOURCE_PORTS);
});
