import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PortState } from '#domain/ports/port-state.js';
import { diffScans } from '#store/diff/scan-diff.js';
import { findNamedScan } from '#store/scans/scan-statistics.js';
import type { WorkContext } from '#work/context/context.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { networkOfRun } from '../../support/network/local-network.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { repetitions } from '../../support/repetitions.ts';
import { storeScan } from '../../support/scans/stored-scan.ts';

const HOSTS = 3;
const PORTS = 4;
const RUNS = repetitions(15, 40);
const ALL = { limit: 1_000, offset: 0 };

let db: TestDatabase;
let context: WorkContext;
let run = 0;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(() => db.close());

/** The state of each port; undefined where it was not probed. */
type Grid = readonly (readonly (PortState | undefined)[])[];
interface Side {
  readonly grid: Grid;
  readonly isPartial: boolean;
}

const state = fc.constantFrom<PortState | undefined>(
  'open',
  'closed',
  'filtered',
  'unknown',
  'open|filtered',
  undefined,
);
const side: fc.Arbitrary<Side> = fc.record({
  grid: fc.array(fc.array(state, { minLength: PORTS, maxLength: PORTS }), {
    minLength: HOSTS,
    maxLength: HOSTS,
  }),
  isPartial: fc.boolean(),
});

const address = (host: number) => networkOfRun(run).address(host + 1);

async function stored({ grid, isPartial }: Side, second: number) {
  const answers = Object.fromEntries(
    grid.map((states, host) => [
      address(host),
      Object.fromEntries(states.flatMap((one, port) => (one === undefined ? [] : [[port + 1, one]]))),
    ]),
  );
  const uid = await storeScan(context, {
    targets: `${address(0)}-${address(HOSTS - 1)}`,
    ports: `1-${PORTS}`,
    at: new Date(Date.UTC(2026, 0, 1, 0, run, second)),
    answers,
    ...(isPartial ? { partial: 'cut off.' } : {}),
  });
  const scan = await findNamedScan(db.store.read, uid);
  if (scan === undefined) throw new Error('the scan was not stored');
  return scan;
}

/** A response is conclusive; a missing response of a partial scan is not. */
function answerOf({ grid, isPartial }: Side, host: number, port: number): PortState | undefined {
  const one = grid[host]?.[port];
  const isNoResponse = one === 'filtered' || one === 'open|filtered';
  return one === 'unknown' || (isPartial && isNoResponse) ? undefined : one;
}

const isShut = (one: PortState) => one === 'closed' || one === 'filtered';
const proves = (one: PortState | undefined) => one === 'open' || one === 'closed';

/** The simple model: compare every host and every port one after the other. */
function modelDiff(base: Side, scan: Side): readonly string[] {
  const ports = Array.from({ length: PORTS }, (_, port) => port);
  return Array.from({ length: HOSTS }, (_, host) => host).flatMap((host) => {
    const proofs = (one: Side) => ports.filter((port) => proves(one.grid[host]?.[port]));
    const isProbed = (one: Side) => (port: number) => answerOf(one, host, port) !== undefined;
    const [before, after] = [proofs(base), proofs(scan)];
    const lines: string[] = [];
    if (before.length === 0 && after.some(isProbed(base))) lines.push(`host_new ${host}`);
    if (after.length === 0 && before.length > 0 && before.every(isProbed(scan)))
      lines.push(`host_not_seen ${host}`);
    for (const port of ports) {
      const [old, now] = [answerOf(base, host, port), answerOf(scan, host, port)];
      if (old === undefined || now === undefined || old === now) continue;
      const kind =
        now === 'open' && isShut(old)
          ? 'port_opened'
          : old === 'open' && now === 'closed'
            ? 'port_closed'
            : 'port_changed';
      const isReported = old === 'open' || now === 'open' || (before.length > 0 && after.length > 0);
      if (isReported) lines.push(`${kind} ${host} ${port + 1} ${old}>${now}`);
    }
    return lines;
  });
}

function portsIn(text: string | null): readonly number[] {
  return (text ?? '').split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

it('a diff equals a comparison of every port one by one, and its counts are those of its rows', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(side, side, async (base, scan) => {
      run += 1;
      const diff = await diffScans(
        db.store.read,
        { base: await stored(base, 0), scan: await stored(scan, 1) },
        ALL,
      );
      const lines = diff.page.flatMap(({ kind, address: ip, ports, old, new: now }) => {
        const host = (Number(ip.split('.').at(-1)) % 8) - 1;
        return ports === null
          ? [`${kind} ${host}`]
          : portsIn(ports).map((port) => `${kind} ${host} ${port} ${old}>${now}`);
      });
      expect(lines.toSorted()).toEqual(modelDiff(base, scan).toSorted());
      const count = (kind: string) => lines.filter((one) => one.startsWith(`${kind} `)).length;
      expect(diff.counts).toEqual({
        hostsNew: count('host_new'),
        hostsNotSeen: count('host_not_seen'),
        hostsChanged: 0,
        portsOpened: count('port_opened'),
        portsClosed: count('port_closed'),
        portsChanged: count('port_changed'),
        servicesChanged: 0,
      });
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 90_000, markInterruptAsFailure: false },
  );
});
