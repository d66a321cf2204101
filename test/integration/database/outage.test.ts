import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROUTES } from '#contract/api/routes.js';
import { layoutOf } from '#postgres/cluster/layout.js';
import { signalServer } from '#postgres/process/server-process.js';
import { openDatabase } from '#store/database/database.js';
import { createStore } from '#store/database/store.js';
import { openTestDatabase } from '../../support/database/database.ts';
import { openDatabaseProxy } from '../../support/database/database-proxy.ts';
import { CreatedDatabase, serverPids } from '../../support/database/embedded-lab.ts';
import { openListeners } from '../../support/network/listeners.ts';
import { printed, startProgram, temporaryDataDir } from '../../support/programs/program.ts';
import { awaitEnd, begin, openTestWorker, order, viewOf } from '../../support/programs/worker.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { type IdleDataDirectory, openIdleDataDirectory } from '../../support/scans/idle-data-directory.ts';

/** How long PostgreSQL is down; SCANORAMA_TEST_OUTAGE_S=60 is the outage that is guaranteed to be survived. */
const OUTAGE_S = Number(process.env['SCANORAMA_TEST_OUTAGE_S'] ?? 6);
/** An immediate response takes a second at most; a request that waited for PostgreSQL would take ten. */
const ANSWER_MS = 5 * 1_000;
/** By how much the memory of a program that holds its work may grow while it waits. */
const GROWTH_BYTES = 64 * 1_048_576;
const HOST = '127.0.22.1';
const PORTS = 65_535;
/** So that the scan is still running when it is observed. */
const RATE = 8_000;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

interface Outage {
  begin(): Promise<void>;
  end(): Promise<void>;
}

interface Lab {
  readonly url: string;
  readonly key: string;
  readonly program: ChildProcess;
}

interface Serving {
  /** An address of its own: every port of it is probed, and other tests listen on this machine. */
  readonly place: IdleDataDirectory;
  /** Its own database, where it has one: creating one takes longer on a busy machine than a server waits. */
  readonly created?: CreatedDatabase;
}

async function serve({ place, created }: Serving, ...more: string[]): Promise<{ lab: Lab; dataDir: string }> {
  const data = await temporaryDataDir();
  undo.push(() => data.remove());
  const dataDir = join(data.path, 'data');
  await created?.copyTo(dataDir);
  const program = startProgram(['serve', '--listen', '127.0.0.1:0', '--data-dir', dataDir, ...more], {
    environment: { SCANORAMA_PROBER_NODE: place.node },
  });
  program.stderr?.resume();
  const gone = new Promise((resolve) => program.once('close', resolve));
  undo.push(async () => {
    program.kill('SIGTERM');
    await gone;
  });
  const [url = ''] = await printed(program, /http:\/\/127\.0\.0\.1:\d+(?=\s)/);
  // The key is written before the address is printed.
  const key = (await readFile(join(dataDir, 'administrator.key'), 'utf8')).trim();
  return { lab: { url, key, program }, dataDir };
}

/** Connections are cut and new ones refused: the server was killed, or the network is down. */
async function refused(place: IdleDataDirectory): Promise<{ lab: Lab; outage: Outage }> {
  const db = await openTestDatabase();
  undo.push(() => db.close());
  const proxy = await openDatabaseProxy(db.address);
  undo.push(() => proxy.close());
  const { user, password, database, port } = proxy.address;
  const url = `postgres://${user}:${encodeURIComponent(password ?? '')}@127.0.0.1:${port}/${database}`;
  const { lab } = await serve({ place }, '--database-url', url);
  return {
    lab,
    outage: {
      begin: () => Promise.resolve(proxy.takeAway()),
      end: () => Promise.resolve(proxy.giveBack()),
    },
  };
}

/** No response: the whole server stands still, as on a machine that froze. */
async function stopped(place: IdleDataDirectory): Promise<{ lab: Lab; outage: Outage }> {
  const created = new CreatedDatabase();
  undo.push(() => created.remove());
  await created.make();
  const { lab, dataDir } = await serve({ place, created });
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    const { cluster } = layoutOf(dataDir);
    // Once more for processes that it started while the first of them were signaled; it stands still by then.
    for (const _ of ['all', 'the youngest'])
      for (const pid of await serverPids(dataDir)) await signalServer(pid, cluster, name);
  };
  undo.push(() => signal('SIGCONT'));
  return { lab, outage: { begin: () => signal('SIGSTOP'), end: () => signal('SIGCONT') } };
}

async function probe({ url, key }: Lab, path: string, init: RequestInit = {}) {
  const begunMs = performance.now();
  const response = await fetch(url + path, {
    ...init,
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    retryAfter: response.headers.get('retry-after'),
    tookMs: performance.now() - begunMs,
  };
}

const scanView = z.object({
  id: z.string(),
  status: z.string(),
  progress: z.object({ completed: z.number() }),
});

async function scanOf(lab: Lab, id: string) {
  return scanView.parse(JSON.parse((await probe(lab, ROUTES.scan(id))).text));
}

async function startedScan(lab: Lab, body: string): Promise<string> {
  let text = '';
  // On a busy machine PostgreSQL may seem to be unavailable for a short time.
  await until('a scan can be started', async () => {
    const answer = await probe(lab, ROUTES.scans, { method: 'POST', body });
    text = answer.text;
    return answer.status !== 503;
  });
  return z.object({ id: z.string() }).parse(JSON.parse(text)).id;
}

async function residentBytes({ program }: Lab): Promise<number> {
  const status = await readFile(`/proc/${program.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
}

async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  for (const deadlineMs = performance.now() + timeoutMs; !(await isSo()); ) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(50);
  }
}

describe('PostgreSQL unavailable in the middle of a scan', () => {
  it.each([
    ['refusing', refused],
    ['unresponsive', stopped],
  ] as const)(
    '%s: 503 at once, memory flat, and the scan goes on by itself',
    async (_how, open) => {
      const place = openIdleDataDirectory();
      undo.push(() => place.close());
      const listeners = await place.listen(HOST, 20);
      undo.push(() => listeners.close());
      const { lab, outage } = await open(place);
      const body = JSON.stringify({ targets: [HOST], ports: `1-${PORTS}`, rate: RATE });
      const id = await startedScan(lab, body);
      await until('something is stored', async () => (await scanOf(lab, id)).progress.completed > 2_000);

      const before = await residentBytes(lab);
      const awayMs = performance.now();
      await outage.begin();
      let most = 0;
      for (let round = 0; performance.now() - awayMs < OUTAGE_S * 1_000 || round < 5; round += 1) {
        const answer = await probe(lab, ROUTES.scan(id));
        expect(answer).toMatchObject({ status: 503, retryAfter: '5' });
        expect(JSON.parse(answer.text)).toMatchObject({ error: 'database_unavailable' });
        expect(answer.tookMs).toBeLessThan(ANSWER_MS);
        most = Math.max(most, await residentBytes(lab));
        await sleep(1_000);
      }
      expect((await probe(lab, ROUTES.readiness)).status).toBe(503);
      expect((await probe(lab, ROUTES.liveness)).status).toBe(200);
      const metrics = await probe(lab, ROUTES.metrics);
      expect(metrics.status).toBe(200);
      expect(metrics.text).toMatch(/^scanorama_breaker_open 1$/m);
      expect(metrics.text).toMatch(/^scanorama_breaker_openings_total [1-9]/m);
      expect(most - before).toBeLessThan(GROWTH_BYTES);
      await outage.end();

      await until('it is ready', async () => (await probe(lab, ROUTES.readiness)).status === 200);
      await until('the scan ended', async () => {
        const answer = await probe(lab, ROUTES.scan(id));
        // It may seem to be unavailable once more, as above.
        return answer.status !== 503 && scanView.parse(JSON.parse(answer.text)).status !== 'running';
      });
      expect(await scanOf(lab, id)).toMatchObject({ status: 'completed', progress: { completed: PORTS } });
      const hosts = z
        .object({ data: z.array(z.object({ ports: z.array(z.object({ port: z.number() })) })) })
        .parse(JSON.parse((await probe(lab, ROUTES.scanResults(id))).text));
      const found = hosts.data.flatMap(({ ports }) => ports.map(({ port }) => port));
      expect(found.filter((port) => place.isAlone || listeners.ports.includes(port))).toEqual(
        listeners.ports,
      );
      const verified = await probe(lab, ROUTES.integrity, { method: 'POST', body: '{}' });
      expect(JSON.parse(verified.text)).toMatchObject({ ok: true, faults: 0 });
      const after = (await probe(lab, ROUTES.metrics)).text;
      expect(after).toMatch(/^scanorama_breaker_open 0$/m);
      expect(after).toMatch(/^scanorama_foreign_key_violations_total 0$/m);
      expect(after).toMatch(/^scanorama_scans_total\{outcome="completed"\} 1$/m);
    },
    180_000 + OUTAGE_S * 1_000,
  );

  it('longer than the work is held: it is dropped, and resumed from the checkpoint', async () => {
    const db = await openTestDatabase();
    undo.push(() => db.close());
    const proxy = await openDatabaseProxy(db.address);
    undo.push(() => proxy.close());
    const listeners = await openListeners(HOST, 20);
    undo.push(() => listeners.close());
    const database = openDatabase(proxy.address, () => undefined);
    undo.push(() => database.close());
    const worker = await openTestWorker(db, {
      store: createStore(database),
      leaseMs: 1_000,
      outageHoldMs: 500,
    });
    undo.push(() => worker.close());
    const direct = { ...worker.context, store: db.store };
    const rate = { packetsPerSecond: 2_000, packetsPerSecondPerHost: 2_000, unlimited: false };
    const ports = 16_000;
    const uid = await begin(direct, order([HOST], `1-${ports}`, { rate }));
    await until('something is stored', async () => (await viewOf(direct, uid)).completed > 500);
    const tokens = async () =>
      (
        await sql<{ token: number }>`SELECT lease_token AS token FROM scan_shards ORDER BY id`.execute(
          db.store.read,
        )
      ).rows;
    const before = await tokens();
    proxy.takeAway();
    await sleep(4_000);
    const held = await viewOf(direct, uid);
    await sleep(1_000);
    expect((await viewOf(direct, uid)).completed).toBe(held.completed);
    proxy.giveBack();
    expect(await awaitEnd(direct, uid)).toMatchObject({
      status: 'completed',
      completed: ports,
      positions: ports,
    });
    const after = await tokens();
    expect(after.some(({ token }, index) => token > (before[index]?.token ?? 0))).toBe(true);
    await expectComplete(db.store.read);
  }, 90_000);
});
