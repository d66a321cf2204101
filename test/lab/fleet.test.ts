import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readScan } from '#api/routes/scans/queries.js';
import { insertSite } from '#store/sites/sites.js';
import { openTestDatabase, type TestDatabase, urlOf } from '../support/database/database.ts';
import { makeNamespacePair, type NamespacePair } from '../support/network/namespace-pair.ts';
import { printed, startProgram } from '../support/programs/program.ts';
import { createWorkContext } from '../support/programs/work-context.ts';
import { begin, order } from '../support/programs/worker.ts';
import { expectComplete } from '../support/scans/complete-scan.ts';
import { withoutLab } from './support/namespaces.ts';
import { type Arrival, arrivalsOf, shortestSpanMs } from './support/witness.ts';

/** How long an unresponsive worker keeps its shards. */
const LEASE_MS = 1_500;
const ENVIRONMENT = { SCANORAMA_LEASE_TIME: `${LEASE_MS}ms`, SCANORAMA_BATCH_DELAY: '200ms' };
/** A prober whose worker is frozen sends nothing a second later; the rest is tolerance for a busy machine. */
const UNRESPONSIVE_AFTER_MS = 1_500;
const WAIT_MS = 120_000;

/** So many ports that 32 hosts are a block, and 128 hosts are split into four shards for two workers. */
const PORTS = '1-2048';
const PER_HOST = 250;

interface Site {
  readonly name: string;
  readonly targets: string;
  readonly hosts: number;
  /** Open on each host; both sites have the same addresses. */
  readonly open: readonly number[];
}
const BIG: Site = { name: 'big', targets: '198.18.1.0-198.18.1.127', hosts: 128, open: [80, 1_500] };
const SMALL: Site = { name: 'small', targets: '198.18.1.0-198.18.1.31', hosts: 32, open: [443] };

const isLeftOut = withoutLab();
const started: ChildProcess[] = [];
const pairs = new Map<Site, NamespacePair>();
let db: TestDatabase;
let folder: string;

beforeAll(async () => {
  if (isLeftOut) return;
  db = await openTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'scanorama-fleet-'));
  for (const [index, site] of [BIG, SMALL].entries()) {
    await insertSite(db.store.read, `01938f6e-7d2a-7c31-9b60-3f1d5a8c2e0${index}`, site.name);
    const pair = makeNamespacePair();
    pairs.set(site, pair);
    const script = `for (const port of ${JSON.stringify(site.open)})
      require('node:net').createServer((socket) => socket.on('error', () => {})).listen(port, '0.0.0.0', () => console.log('ready', port));`;
    const listener = inside(pair.far, [process.execPath, '-e', script]);
    await printed(listener, new RegExp(`ready ${site.open.at(-1)}`));
  }
}, 60_000);
afterAll(async () => {
  if (isLeftOut) return;
  for (const child of started) child.kill('SIGKILL');
  await Promise.all(started.map(gone));
  for (const pair of pairs.values()) pair.remove();
  rmSync(folder, { recursive: true, force: true });
  await db.close();
});

function inside(namespace: string, command: readonly string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', namespace, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

function gone(child: ChildProcess): Promise<unknown> {
  return child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
}

const pairOf = (site: Site): NamespacePair => {
  const pair = pairs.get(site);
  if (pair === undefined) throw new Error(`the site ${site.name} was not made`);
  return pair;
};

interface StartedWorker {
  readonly child: ChildProcess;
  readonly name: string;
}

/** In the network of its site; the database is reached by its socket, which is a file. */
async function worker(site: Site): Promise<StartedWorker> {
  const texts = ['worker', '--site', site.name, '--database-url', urlOf(db.address)];
  const child = startProgram(texts, { namespace: pairOf(site).near, environment: ENVIRONMENT });
  started.push(child);
  const [, name = ''] = await printed(child, /Worker {2}(\S+)/);
  return { child, name };
}

/** tcpdump where the hosts are; at its end returns the probes that arrived there. */
async function witness(site: Site): Promise<() => Promise<readonly Arrival[]>> {
  const path = join(folder, `${site.name}.pcap`);
  const flags =
    '-n -Z root -U --immediate-mode --buffer-size=65536 --snapshot-length=96 -Q in -i con-veth -w';
  const dump = inside(pairOf(site).far, ['tcpdump', ...flags.split(' '), path]);
  let output = '';
  dump.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  await expect.poll(() => output, { timeout: 20_000 }).toContain('listening on');
  return async () => {
    await sleep(300);
    dump.kill('SIGINT');
    await gone(dump);
    return arrivalsOf(readFileSync(path)).filter(({ isProbe }) => isProbe);
  };
}

function startScan({ name: site, targets }: Site): Promise<string> {
  const rate = { packetsPerSecond: undefined, packetsPerSecondPerHost: PER_HOST, unlimited: true };
  const context = createWorkContext(db.store, { post: { kind: 'none' } });
  return begin(context, order([targets], PORTS, { site, rate }));
}

/** Names of the workers that hold parts of a scan, one for each part. */
async function holders(id: string): Promise<readonly string[]> {
  const { rows } = await sql<{ owner: string }>`
    SELECT lease_owner AS owner FROM scan_shards shard JOIN scan_jobs job ON job.id = shard.job_id
    WHERE job.uid = ${id} AND lease_expires_at > clock_timestamp()`.execute(db.store.read);
  return rows.map(({ owner }) => owner).toSorted();
}

const stored = async (id: string) => (await readScan(db.store.read, id)).progress.completed;

/** For a site: how many hosts it has, and which ports of how many of them are open. */
async function knownOf({ name }: Site) {
  const { rows } = await sql<{ hosts: number; port: number }>`
    SELECT count(*) AS hosts, port.port FROM hosts host JOIN sites site ON site.id = host.site_id
    JOIN host_ports port ON port.host_id = host.id AND port.state = 'open'
    WHERE site.name = ${name} GROUP BY port.port ORDER BY port.port`.execute(db.store.read);
  return rows;
}

/** Every position is in exactly one batch, and each open port was stored once. */
async function expectExact(id: string, { hosts, open }: Site): Promise<void> {
  const scan = await readScan(db.store.read, id);
  const positions = hosts * 2_048;
  expect(scan).toMatchObject({
    status: 'completed',
    partial: false,
    engine: 'syn',
    hosts_up: hosts,
    open_ports: hosts * open.length,
    progress: { positions, completed: positions, skipped: 0 },
  });
  const { rows } = await sql<{ completed: number; raw: number; covered: number }>`
    SELECT (SELECT sum(end_position - first_position)::bigint FROM scan_batches WHERE job_id = job.id) AS completed,
      (SELECT count(*) FROM port_scans WHERE job_id = job.id) AS raw,
      (SELECT sum(upper(part) - lower(part))::bigint FROM scan_coverage covered, unnest(covered.ports) AS part
        WHERE covered.job_id = job.id) AS covered
    FROM scan_jobs job WHERE job.uid = ${id}`.execute(db.store.read);
  const raw = hosts * open.length;
  expect(rows[0]).toEqual({ completed: positions, raw, covered: positions - raw });
}

/** The resolution of a pace and of a clock. */
const GRAIN_MS = 100;

/**
 * For one host: no second exceeded its budget, summed over all workers. What this idle process was late by a prober may have
 * been late by between a permit and its packet.
 */
function expectBudget(probes: readonly Arrival[], lateMs: number): void {
  const byHost = Map.groupBy(probes, ({ address }) => address);
  const spansMs = [...byHost.values()].map((own) => shortestSpanMs(PER_HOST + 1, own));
  expect(Math.min(...spansMs)).toBeGreaterThan(1_000 - GRAIN_MS - 2 * lateMs);
}

it.skipIf(isLeftOut)(
  'two sites with the same addresses are scanned by three workers; one is killed, one stands still past its lease',
  async () => {
    const [dies, bindings, freezes] = await Promise.all([worker(BIG), worker(BIG), worker(SMALL)]);
    const [watchBig, watchSmall] = [await witness(BIG), await witness(SMALL)];
    const lateness = monitorEventLoopDelay({ resolution: 1 });
    lateness.enable();
    const [big, small] = [await startScan(BIG), await startScan(SMALL)];

    await expect
      .poll(() => holders(big), { timeout: WAIT_MS })
      .toEqual([dies.name, dies.name, bindings.name, bindings.name].toSorted());
    await expect.poll(() => holders(small), { timeout: WAIT_MS }).toEqual([freezes.name]);
    await expect.poll(() => stored(small), { timeout: WAIT_MS }).toBeGreaterThan(0);
    freezes.child.kill('SIGSTOP');
    const frozenAtMs = Date.now();
    await expect.poll(() => stored(big), { timeout: WAIT_MS }).toBeGreaterThan(0);
    dies.child.kill('SIGKILL');
    // Past its lease, and no worker of the other site takes what it held.
    await sleep(Math.max(0, frozenAtMs + 2 * LEASE_MS - Date.now()));
    expect(await holders(small)).toEqual([]);
    const wokenAtMs = Date.now();
    freezes.child.kill('SIGCONT');

    for (const id of [big, small])
      await expect
        .poll(async () => (await readScan(db.store.read, id)).status, { timeout: WAIT_MS })
        .toBe('completed');
    lateness.disable();
    await expectExact(big, BIG);
    await expectExact(small, SMALL);
    for (const site of [BIG, SMALL])
      expect(await knownOf(site)).toEqual(site.open.map((port) => ({ hosts: site.hosts, port })));
    await expectComplete(db.store.read);

    const [atBig, atSmall] = [await watchBig(), await watchSmall()];
    const lateMs = lateness.max / 1e6;
    for (const probes of [atBig, atSmall]) expectBudget(probes, lateMs);
    expect(
      atSmall.filter(({ atMs }) => atMs > frozenAtMs + UNRESPONSIVE_AFTER_MS && atMs < wokenAtMs),
    ).toHaveLength(0);
    expect(new Set(atSmall.map(({ address }) => address)).size).toBe(SMALL.hosts);
  },
  300_000,
);
