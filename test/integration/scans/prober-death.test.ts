import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { ProcessProber } from '#prober/client/client.js';
import type { Prober } from '#scan/engine/prober.js';
import { createLog } from '#telemetry/log.js';
import { stopScan } from '#work/scans/stop-scan.js';
import { MAX_PROBER_DEATHS } from '#work/shards/probe-shard.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import type { Listeners } from '../../support/network/listeners.ts';
import { proberOf } from '../../support/programs/work-context.ts';
import {
  awaitEnd,
  begin,
  openTestWorker,
  order,
  type TestWorker,
  viewOf,
} from '../../support/programs/worker.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { type IdleDataDirectory, openIdleDataDirectory } from '../../support/scans/idle-data-directory.ts';

const HOST = '127.0.21.1';
/** So that a scan of all ports lasts eleven seconds, and is observed while running although this process was frozen for some. */
const RATE = { packetsPerSecond: 6_000, packetsPerSecondPerHost: 6_000, unlimited: false };

let db: TestDatabase;
let place: IdleDataDirectory;
let listeners: Listeners;
const opened: (() => Promise<void>)[] = [];

beforeAll(async () => {
  db = await openTestDatabase();
  place = openIdleDataDirectory();
  listeners = await place.listen(HOST, 20);
});
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});
afterAll(async () => {
  await listeners.close();
  await place.close();
  await db.close();
});

async function openWorker(prober: Prober): Promise<TestWorker> {
  const worker = await openTestWorker(db, { prober });
  opened.push(
    () => prober.close(),
    () => worker.close(),
  );
  return worker;
}

function openProcess(): ProcessProber {
  return new ProcessProber({
    nodePath: place.node,
    environment: { PATH: process.env['PATH'] ?? '' },
    log: createLog('silent'),
  });
}

/** Returns its process id. */
function kill({ processId }: ProcessProber): number {
  // Number 0 would be this process and its whole group.
  if (processId === undefined) throw new Error('there is no prober process');
  process.kill(processId, 'SIGKILL');
  return processId;
}

async function completedPositions(uid: string): Promise<number> {
  const { rows } = await sql<{ completed: number }>`
    SELECT coalesce(sum(end_position - first_position), 0)::int AS completed FROM scan_batches batch
    JOIN scan_jobs job ON job.id = batch.job_id WHERE job.uid = ${uid}`.execute(db.store.read);
  return rows[0]?.completed ?? 0;
}

/** Every interval of the ledger begins where the one before it ends: no duplicates, no gaps. */
async function ledgerOf(uid: string): Promise<{ first: number; end: number }[]> {
  const { rows } = await sql<{ first: number; end: number }>`
    SELECT first_position AS first, end_position AS "end" FROM scan_batches batch
    JOIN scan_jobs job ON job.id = batch.job_id WHERE job.uid = ${uid} ORDER BY batch.shard_id, seq`.execute(
    db.store.read,
  );
  return rows;
}

async function openPorts(uid: string): Promise<number[]> {
  const { rows } = await sql<{ port: number }>`
    SELECT raw.port FROM port_scans raw JOIN scan_jobs job ON job.id = raw.job_id
    WHERE job.uid = ${uid} ORDER BY raw.port`.execute(db.store.read);
  const ours = new Set(listeners.ports);
  return rows.map(({ port }) => port).filter((port) => place.isAlone || ours.has(port));
}

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: the prober process runs on Linux alone');

describe.skipIf(!isLinux)('a prober that is killed in the middle of a scan', () => {
  it('is replaced, twice, and the scan has every result once', { timeout: 120_000 }, async () => {
    const prober = openProcess();
    const { context } = await openWorker(prober);
    const uid = await begin(context, order([HOST], '1-65535', { rate: RATE }));
    const killed = new Set<number>();
    let seen = 0;
    while (killed.size < 2) {
      await expect
        .poll(() => completedPositions(uid), { timeout: 20_000, interval: 20 })
        .toBeGreaterThan(seen);
      // Results of the previous one may be stored before the next one is there.
      await expect.poll(() => prober.processId ?? 0, { timeout: 20_000, interval: 20 }).toBeGreaterThan(0);
      killed.add(kill(prober));
      seen = await completedPositions(uid);
      expect((await viewOf(context, uid)).status).toBe('running');
    }
    expect(seen).toBeLessThan(65_535);
    const scan = await awaitEnd(context, uid, 90_000);
    expect(scan).toMatchObject({ status: 'completed', completed: 65_535, errorCode: null, partial: false });
    expect(killed).not.toContain(prober.processId);
    expect(await openPorts(uid)).toEqual(listeners.ports);
    const ledger = await ledgerOf(uid);
    expect(ledger.map(({ first }) => first)).toEqual([0, ...ledger.slice(0, -1).map(({ end }) => end)]);
    expect(ledger.at(-1)?.end).toBe(65_535);
    await expectComplete(db.store.read);
  });

  it('while its scan is being stopped lets the scan be canceled', { timeout: 60_000 }, async () => {
    const prober = openProcess();
    const { context } = await openWorker(prober);
    const uid = await begin(context, order([HOST], '1-65535', { rate: RATE }));
    await expect.poll(() => completedPositions(uid), { timeout: 20_000, interval: 20 }).toBeGreaterThan(0);
    const stopping = stopScan(context, uid);
    await sleep(20);
    kill(prober);
    await stopping;
    expect(await viewOf(context, uid)).toMatchObject({ status: 'cancelled', errorCode: null });
    await expectComplete(db.store.read);
  });

  it('repeatedly without progress fails the scan, with a code of its own', async () => {
    let runs = 0;
    const dying: Prober = {
      ...proberOf([]),
      survey: () =>
        proberOf([])
          .survey()
          .then((survey) => ({ ...survey, available: [{ name: 'connect', protocols: ['tcp'] }] })),
      run: () => ({
        exclude: () => undefined,
        renew: () => undefined,
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            runs += 1;
            throw new ScanoramaError('prober_died', 'The prober process is gone.');
          },
        }),
      }),
    };
    const { context } = await openWorker(dying);
    const uid = await begin(context, order([HOST], '1-100'));
    expect(await awaitEnd(context, uid)).toMatchObject({
      status: 'failed',
      errorCode: 'prober_died',
      completed: 0,
    });
    expect(runs).toBe(MAX_PROBER_DEATHS);
  });
});
