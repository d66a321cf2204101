/**
 * Where a port stands on the strip. Most open ports are low: each of the registry's three bands has
 * a fixed share of the width, and is even within.
 */
export const PORT_BANDS = [
  { name: 'well known', first: 0, last: 1_023, from: 0, to: 0.4 },
  { name: 'registered', first: 1_024, last: 49_151, from: 0.4, to: 0.85 },
  { name: 'dynamic', first: 49_152, last: 65_535, from: 0.85, to: 1 },
] as const;

/** From 0 at port 0 to 1 at port 65535. */
export function portPosition(port: number): number {
  const band = PORT_BANDS.find(({ last }) => port <= last) ?? PORT_BANDS[2];
  const inside = (Math.max(band.first, port) - band.first) / (band.last - band.first);
  return band.from + Math.min(1, inside) * (band.to - band.from);
}

export interface PortMark {
  readonly port: number;
  /** On how many hosts. */
  readonly hosts: number;
}

/** Marks that stand so close together, as a share of the width, can neither be told apart nor pointed at alone. */
const NEIGHBOR_SHARE = 0.008;

/** The marks, lowest port first, put together with those that stand within reach of the first of them. */
export function groupNeighbors(marks: readonly PortMark[]): readonly (readonly PortMark[])[] {
  const groups: PortMark[][] = [];
  for (const mark of marks) {
    const first = groups.at(-1)?.[0];
    if (first !== undefined && portPosition(mark.port) - portPosition(first.port) <= NEIGHBOR_SHARE)
      groups.at(-1)?.push(mark);
    else groups.push([mark]);
  }
  return groups;
}

/** How many hosts have each port open, lowest port first. */
export function tallyPorts(portsPerHost: readonly (readonly number[])[]): PortMark[] {
  const tally = new Map<number, number>();
  for (const ports of portsPerHost) {
    for (const port of new Set(ports)) tally.set(port, (tally.get(port) ?? 0) + 1);
  }
  return [...tally].map(([port, hosts]) => ({ port, hosts })).sort((a, b) => a.port - b.port);
}
