import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { createWorker } from '#jobs/worker.js';
import { systemClock } from '#net/send/system-clock.js';
import { ProcessProber } from '#prober/client/client.js';
import { createNmapEngine } from '#scan/nmap/nmap-engine.js';
import { openDatabase } from '#store/database/database.js';
import { POOL_CONNECTIONS } from '#store/database/guarded-pool.js';
import { createStore } from '#store/database/store.js';
import { createLog } from '#telemetry/log.js';
import type { WorkContext } from '#work/context/context.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { openDatabaseProxy } from '../../support/database/database-proxy.ts';
import { runIn } from '../../support/programs/cli-context.ts';
import { createWorkContext, proberOf } from '../../support/programs/work-context.ts';
import { begin, openTestWorker, order } from '../../support/programs/worker.ts';

/** The guaranteed limit is a second. */
const PROMISE_MS = 1_000;
const PATIENCE_MS = 5 * PROMISE_MS;
/** A state is waited for much longer: a scan takes fourteen seconds on an idle machine. */
const STATE_MS = 60_000;
const TEST_TIMEOUT = { timeout: 3 * STATE_MS };
const POLL_MS = 20;
const PACKETS_PER_SECOND = 30;
/** Probing one host takes them seven seconds, longer than the test waits. */
const PORTS = 210;

const hasNmap = spawnSync('nmap', ['--version']).status === 0;
if (!hasNmap) console.warn('NO NMAP: tests that run nmap itself are skipped, because it is not installed.');

/** Of loopback, unique to this process: listeners of another checkout would hold some of the ports. */
const NETWORK = `127.${64 + ((process.pid >> 8) & 63)}.${process.pid & 255}`;
const address = (last: number) => `${NETWORK}.${last}`;

let lab: ApiLab;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
});
afterAll(() => lab.close());

/** Listeners on free ports of an address, or on those of another one, that record when they were connected to. */
async function openWitness(
  host: string,
  wanted: readonly number[] = Array.from({ length: PORTS }, () => 0),
): Promise<{ ports: number[]; atMs: number[]; close(): void }> {
  const atMs: number[] = [];
  const servers: Server[] = [];
  const ports: number[] = [];
  for (const port of wanted) {
    const server = createServer((socket) => {
      atMs.push(performance.now());
      socket.on('error', () => undefined);
      socket.resume();
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    const bound = server.address();
    servers.push(server);
    if (typeof bound === 'object' && bound !== null) ports.push(bound.port);
  }
  return { ports, atMs, close: () => servers.forEach((server) => server.close()) };
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + STATE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`it was not so within ${STATE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const nmap = () => ({
  prober: proberOf([createNmapEngine({ clock: systemClock, isPrivileged: false })]),
});

/** A worker as in a server: its exclusions are sent to another process. */
async function openProcessWorker() {
  const environment = { PATH: process.env['PATH'] ?? '' };
  const prober = new ProcessProber({ nodePath: undefined, environment, log: createLog('silent') });
  const worker = await openTestWorker(lab.db, { prober });
  return {
    async close() {
      await worker.close();
      await prober.close();
    },
  };
}

/** A worker that receives no events, like one that lost its connection for them. */
async function openDeafWorker(overrides: Partial<WorkContext>) {
  const context = createWorkContext(lab.db.store, overrides);
  const worker = createWorker(context, { subscribe: () => () => undefined, close: () => Promise.resolve() });
  worker.runMaintenance();
  return worker;
}

interface Case {
  readonly what: string;
  readonly scanType: 'connect' | 'version';
  readonly last: number;
  /** For the probed addresses other than the excluded one. */
  readonly others: number;
  readonly open: () => Promise<{ close(): Promise<void> }>;
}

const CASES: readonly Case[] = [
  { what: 'a prober in its own process', scanType: 'connect', last: 1, others: 1, open: openProcessWorker },
  {
    what: 'a worker that receives no events',
    scanType: 'connect',
    last: 3,
    others: 0,
    open: () => openDeafWorker({}),
  },
  ...(hasNmap
    ? [
        {
          what: 'nmap',
          scanType: 'version',
          last: 5,
          others: 0,
          open: () => openTestWorker(lab.db, nmap()),
        } as const,
      ]
    : []),
];

it.each(CASES)(
  'an exclusion added in the middle of a scan keeps $what from its address within a second',
  TEST_TIMEOUT,
  async ({ scanType, last, others, open }) => {
    const excluded = address(last);
    const witness = await openWitness(excluded);
    const worker = await open();
    try {
      // The server of this test has an engine for every type; the worker chooses which one probes.
      const scan = await startIn({
        scanType,
        targets: [`${excluded}-${last + others}`],
        ports: witness.ports.join(','),
      });
      await until(() => witness.atMs.length >= 5);
      const added = await client.exclude({ address: excluded, reason: 'it prints every probe' });
      const addedMs = performance.now();
      await until(async () => (await client.scan(scan)).status === 'completed');
      expect(Math.max(...witness.atMs) - addedMs).toBeLessThan(PATIENCE_MS);
      // Else it would not have been probed for long enough to show anything.
      expect(witness.atMs.length).toBeLessThan(PORTS);
      await expectReported(scan, excluded, (others + 1) * PORTS);
      await client.removeExclusion(added.id);
    } finally {
      await worker.close();
      witness.close();
    }
  },
);

/** Consecutive polls: two seconds, longer than a pause between two packets. */
const IDLE_POLLS = 100;

/**
 * Waits until no connection has arrived for a while. Polls are counted, not the time: after a machine froze, connections
 * of the meantime are accepted at the next poll.
 */
async function untilIdle(atMs: readonly number[]): Promise<void> {
  let idlePolls = 0;
  let seen = -1;
  const isIdle = (): boolean => {
    idlePolls = atMs.length === seen ? idlePolls + 1 : 0;
    seen = atMs.length;
    return idlePolls >= IDLE_POLLS;
  };
  await until(isIdle);
}

it.each(['cut', 'unresponsive'] as const)(
  'a worker whose database is %s sends nothing a second later, and goes on by itself without what was excluded',
  TEST_TIMEOUT,
  async (how) => {
    const excluded = address(how === 'cut' ? 12 : 14);
    const other = address(how === 'cut' ? 13 : 15);
    const witness = await openWitness(excluded);
    const otherWitness = await openWitness(other, witness.ports);
    const proxy = await openDatabaseProxy(lab.db.address);
    const database = openDatabase(proxy.address, () => undefined);
    const worker = await openTestWorker(lab.db, { store: createStore(database) });
    try {
      const scan = await startIn({
        scanType: 'connect',
        targets: [`${excluded}-${other}`],
        ports: witness.ports.join(','),
      });
      await until(() => witness.atMs.length >= 5);
      if (how === 'cut') proxy.takeAway();
      else proxy.freeze();
      const awayMs = performance.now();
      const added = await client.exclude({ address: excluded, reason: 'it prints every probe' });
      await untilIdle(witness.atMs);
      await untilIdle(otherWitness.atMs);
      expect(Math.max(...witness.atMs, ...otherWitness.atMs) - awayMs).toBeLessThan(PATIENCE_MS);
      const [seen, probedOthers] = [witness.atMs.length, otherWitness.atMs.length];
      proxy.giveBack();
      await until(async () => (await client.scan(scan)).status === 'completed');
      expect(witness.atMs).toHaveLength(seen);
      expect(otherWitness.atMs.length).toBeGreaterThan(probedOthers);
      // Nothing but the excluded address was skipped.
      expect(otherWitness.atMs.length).toBeGreaterThanOrEqual(PORTS);
      await expectReported(scan, excluded, 2 * PORTS);
      await client.removeExclusion(added.id);
    } finally {
      await worker.close();
      await database.close();
      await proxy.close();
      witness.close();
      otherWitness.close();
    }
  },
);

it('an exclusion reaches a worker all of whose connections are in use', TEST_TIMEOUT, async () => {
  const excluded = address(16);
  const witness = await openWitness(excluded);
  const otherWitness = await openWitness(address(17), witness.ports);
  const database = openDatabase(lab.db.address, () => undefined);
  const worker = await openTestWorker(lab.db, { store: createStore(database) });
  const held: PoolClient[] = [];
  try {
    const scan = await startIn({
      scanType: 'connect',
      targets: [`${excluded}-17`],
      ports: witness.ports.join(','),
    });
    await until(() => witness.atMs.length >= 5);
    while (held.length < POOL_CONNECTIONS) held.push(await database.pool.connect());
    const added = await client.exclude({ address: excluded, reason: 'it prints every probe' });
    const addedMs = performance.now();
    await untilIdle(witness.atMs);
    // It continues to probe others: it can read what is excluded.
    await until(() => (otherWitness.atMs.at(-1) ?? 0) > addedMs + 2 * PROMISE_MS);
    expect(Math.max(...witness.atMs) - addedMs).toBeLessThan(PATIENCE_MS);
    expect(witness.atMs.length).toBeLessThan(PORTS);
    for (const connection of held.splice(0)) connection.release();
    await until(async () => (await client.scan(scan)).status === 'completed');
    await expectReported(scan, excluded, 2 * PORTS);
    await client.removeExclusion(added.id);
  } finally {
    for (const connection of held) connection.release();
    await worker.close();
    await database.close();
    witness.close();
    otherWitness.close();
  }
});

async function startIn(input: {
  scanType: 'connect' | 'version';
  targets: string[];
  ports: string;
}): Promise<string> {
  const { scanType, targets, ports } = input;
  const context = createWorkContext(lab.db.store, scanType === 'version' ? nmap() : {});
  const rate = { packetsPerSecond: PACKETS_PER_SECOND, packetsPerSecondPerHost: undefined, unlimited: false };
  return begin(context, order(targets, ports, { scanType, rate }));
}

/** `scans show` reports how much was skipped and why. */
async function expectReported(id: string, excluded: string, positions: number): Promise<void> {
  const scan = await client.scan(id);
  expect(scan.progress).toMatchObject({ positions, completed: positions });
  expect(scan.progress.skipped).toBeGreaterThan(0);
  const [warning] = scan.warnings ?? [];
  expect(scan.warnings).toEqual([{ kind: 'excluded', subject: excluded, message: expect.any(String) }]);
  const message = warning?.message ?? '';
  const begin = `${excluded} was excluded everywhere by os:tester (it prints every probe) since `;
  expect(message.slice(0, begin.length)).toBe(begin);
  // All skipped probes of the scan were for it.
  expect(message).toMatch(
    new RegExp(
      ` UTC; no packet went there while it was, and (all|of [\\d,]+ probes planned there) ${scan.progress.skipped.toLocaleString('en-US')} (probes planned there )?were left out or cut short\\.$`,
    ),
  );
  const results = await client.scanResults(id);
  const answers = {
    [`GET /api/v1/scans/${id}`]: () => scan,
    [`GET /api/v1/scans/${id}/results`]: () => results,
  };
  const { stdout } = await runIn({ answers }, ['scans', 'show', id]);
  expect(stdout).toContain(`\n${message}\n`);
  const { progress, probes } = scan;
  // Some of the probes that were cut short had been sent, except with nmap, which does not count that.
  expect(stdout).toContain(
    progress.skipped === positions && probes.sent === 0
      ? ': nothing was probed completely: the one address is excluded.'
      : `Of ${positions} probes planned, ${progress.skipped} were left out or cut short: the address is excluded.`,
  );
}

it('an exclusion that exists before keeps its address from getting a single packet', async () => {
  const witness = await openWitness(address(9));
  const worker = await openTestWorker(lab.db);
  try {
    await client.createSite({ name: 'elsewhere' });
    await client.exclude({ address: address(9), site: 'default' });
    await client.exclude({ address: address(8), site: 'elsewhere' });
    const ports = witness.ports.join(',');
    const { id } = await client.startScan({
      targets: [`${address(8)}-${address(9)}`],
      ports,
      scan_type: 'connect',
    });
    await until(async () => (await client.scan(id)).status === 'completed');
    expect(witness.atMs).toEqual([]);
    expect(await client.scan(id)).toMatchObject({
      progress: { skipped: PORTS },
      warnings: [{ kind: 'excluded', subject: address(9) }],
    });
  } finally {
    await worker.close();
    witness.close();
  }
});

it('one that was removed before its scan was resumed is reported with its former rule, and the number of skipped probes', {
  ...TEST_TIMEOUT,
}, async () => {
  const excluded = address(10);
  const witness = await openWitness(excluded);
  const worker = await openTestWorker(lab.db);
  try {
    const ports = witness.ports.join(',');
    const id = await startIn({ scanType: 'connect', targets: [`${excluded}-11`], ports });
    await until(() => witness.atMs.length >= 5);
    const { id: exclusion } = await client.exclude({ address: excluded });
    await until(async () => (await client.scan(id)).warnings?.length === 1);
    const message = (await client.scan(id)).warnings?.[0]?.message ?? '';
    expect(message.split(' was excluded ')[0]).toBe(excluded);
    expect(message).toMatch(
      / was excluded everywhere by \S+ since \S+ \S+ UTC; no packet went there while it was\.$/,
    );
    await client.stopScan(id);
    await client.removeExclusion(exclusion);
    await client.resumeScan(id);
    await until(async () => (await client.scan(id)).status === 'completed');
    const { progress, warnings = [] } = await client.scan(id);
    const kept = progress.skipped;
    const what = `${PORTS} probes planned there`;
    const reported =
      kept === 0
        ? `all ${what} were asked before or after`
        : kept === PORTS
          ? `all ${what} were left out or cut short`
          : `of ${what} ${kept} ${kept === 1 ? 'was' : 'were'} left out or cut short`;
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining(`, and ${reported}.`)]);
  } finally {
    await worker.close();
    witness.close();
  }
});
