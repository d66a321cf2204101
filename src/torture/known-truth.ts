import type { Random } from '#torture/random.js';

/** One port on which something listens. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What one round scans, and what is there to be found. */
export interface KnownTruth {
  readonly targets: readonly string[];
  readonly firstPort: number;
  readonly lastPort: number;
  readonly positions: number;
  /** Inside the targets. */
  readonly listening: readonly Endpoint[];
  /** Beside them, on the same addresses: a scan that tells of these invents. */
  readonly decoys: readonly Endpoint[];
  readonly packetsPerSecond: number;
  /** How long the scan takes at that rate when nothing happens. */
  readonly durationMs: number;
}

/** Below the ports that a Linux system gives to connections, so that none of them can be there by chance. */
const PORTS = { first: 10_000, last: 29_999 };
/** A part of loopback that nothing else here uses. */
const ADDRESS_PREFIX = '127.93';
const DECOYS = 3;
const MOST_LISTENERS_PER_HOST = 12;

/**
 * Random hosts on loopback, some with nothing to be found, and a pace at which the scan can be met in its middle. Ports
 * that are taken on every address are scanned, but not drawn: nobody could listen there.
 */
export function inventTruth(
  random: Random,
  durationMs: number,
  taken: ReadonlySet<number> = new Set(),
): KnownTruth {
  const addresses = new Set<string>();
  const hosts = random.between(4, 10);
  while (addresses.size < hosts)
    addresses.add(`${ADDRESS_PREFIX}.${random.between(0, 255)}.${random.between(1, 254)}`);
  const targets = [...addresses];
  const ports = random.between(200, 400);
  const firstPort = random.between(PORTS.first, PORTS.last - ports);
  const lastPort = firstPort + ports - 1;
  const draw = (count: number, first: number, last: number): number[] =>
    distinct(random, count, { first, last, taken });
  const listening = targets.flatMap((address) =>
    draw(random.between(0, MOST_LISTENERS_PER_HOST), firstPort, lastPort).map((port) => ({ address, port })),
  );
  const decoys = draw(DECOYS, lastPort + 1, lastPort + 200).map((port) => ({
    address: random.pick(targets),
    port,
  }));
  const positions = targets.length * ports;
  const packetsPerSecond = Math.ceil((positions * 1_000) / durationMs);
  return { targets, firstPort, lastPort, positions, listening, decoys, packetsPerSecond, durationMs };
}

interface FreePorts {
  readonly first: number;
  readonly last: number;
  readonly taken: ReadonlySet<number>;
}

/** Fewer where not so many are free. */
function distinct(random: Random, count: number, { first, last, taken }: FreePorts): number[] {
  const takenHere = [...taken].filter((port) => port >= first && port <= last).length;
  const most = Math.min(count, last - first + 1 - takenHere);
  const ports = new Set<number>();
  while (ports.size < most) {
    const port = random.between(first, last);
    if (!taken.has(port)) ports.add(port);
  }
  return [...ports];
}
