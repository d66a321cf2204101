import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '#domain/time/clock.js';
import { createWorker } from '#jobs/worker.js';
import { NO_RESPONSE } from '#net/probe/ports/outcome.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import type { Engine } from '#scan/engine/engine.js';
import { resumeScan } from '#work/scans/resume-scan.js';
import { stopScan } from '#work/scans/stop-scan.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import type { Listeners } from '../../support/network/listeners.ts';
import { createWorkContext, proberOf } from '../../support/programs/work-context.ts';
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

/** Renewed each second; a machine may be frozen for the rest of it. */
const BRIEF_LEASE_MS = 5_000;

let db: TestDatabase;
let test: TestWorker;
let place: IdleDataDirectory;
let listeners: Listeners;

beforeAll(async () => {
  db = await openTestDatabase();
  place = openIdleDataDirectory();
  test = await openTestWorker(db, { leaseMs: 2_000, prober: place.prober });
  listeners = await place.listen('127.0.8.1', 20);
});
afterAll(async () => {
  await test.close();
  await listeners.close();
  await place.close();
  await db.close();
});

async function openPorts(uid: string): Promise<readonly number[]> {
  const { rows } = await sql<{ port: number }>`
    SELECT raw.port FROM port_scans raw JOIN scan_jobs job ON job.id = raw.job_id WHERE job.uid = ${uid} ORDER BY raw.port`.execute(
    db.store.read,
  );
  const ours = new Set(listeners.ports);
  return rows.map(({ port }) => port).filter((port) => place.isAlone || ours.has(port));
}

/** Lets a scan that was slow until now continue at full speed. */
const unlimit = ({ store }: TestDatabase, uid: string) =>
  sql`UPDATE scan_jobs SET packets_per_second = NULL, packets_per_second_per_host = NULL, unlimited = true
    WHERE uid = ${uid}`.execute(store.read);

describe('a scan', () => {
  it('stores exactly the open ports of a host and completes', async () => {
    const ports = new Set([...Array.from({ length: 20_000 }, (_, index) => index + 1), ...listeners.ports]);
    const uid = await begin(test.context, order(['127.0.8.1'], `1-20000,${listeners.ports.join(',')}`));
    const scan = await awaitEnd(test.context, uid);
    expect(scan).toMatchObject({
      status: 'completed',
      completed: ports.size,
      positions: ports.size,
      hostsUp: 1,
      partial: false,
    });
    expect(await openPorts(uid)).toEqual(listeners.ports);
    await expectComplete(db.store.read);
  });

  it('does not report an address as up without evidence', async () => {
    const idle = await openTestDatabase();
    const unresponsive = await openTestWorker(idle, {
      prober: proberOf([unresponsiveEngine(test.context.clock)]),
    });
    try {
      const uid = await begin(unresponsive.context, order(['127.0.10.0/29'], '80,443'));
      const scan = await awaitEnd(unresponsive.context, uid);
      expect(scan).toMatchObject({ status: 'completed', hostsUp: 0, probesAnswered: 0, completed: 16 });
      expect((await sql`SELECT id FROM hosts`.execute(idle.store.read)).rows).toEqual([]);
      const { rows: covered } = await sql`
        SELECT state, reason, ports::text, count(*) AS addresses FROM scan_coverage GROUP BY 1, 2, 3`.execute(
        idle.store.read,
      );
      expect(covered).toEqual([
        { state: 'filtered', reason: 'no-response', ports: '{[80,81),[443,444)}', addresses: 8 },
      ]);
    } finally {
      await unresponsive.close();
      await idle.close();
    }
  });

  it('fails with the reason when a batch cannot be stored, keeps no part of it, and resumes', async () => {
    await sql`CREATE FUNCTION break_storing() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$`.execute(db.store.read);
    await sql`CREATE TRIGGER break_storing BEFORE INSERT ON scan_coverage EXECUTE FUNCTION break_storing()`.execute(
      db.store.read,
    );
    const uid = await begin(test.context, order(['127.0.8.1'], '1-2000'));
    const scan = await awaitEnd(test.context, uid);
    expect(scan).toMatchObject({
      status: 'failed',
      errorCode: 'storage_failed',
      completed: 0,
      listedPorts: 0,
    });
    expect(scan.errorMessage).toContain('53100');
    expect(await openPorts(uid)).toEqual([]);
    await sql`DROP TRIGGER break_storing ON scan_coverage`.execute(db.store.read);
    await resumeScan(test.context, uid, 'test');
    expect(await awaitEnd(test.context, uid)).toMatchObject({
      status: 'completed',
      errorCode: null,
      completed: 2_000,
    });
    expect(await openPorts(uid)).toEqual(listeners.ports.filter((port) => port <= 2_000));
    await expectComplete(db.store.read);
  });

  it('stops on request, keeps what was seen, and continues from its checkpoint when resumed', async () => {
    const slow = order(['127.0.8.1'], '1-10000', {
      rate: { packetsPerSecond: 1_000, packetsPerSecondPerHost: undefined, unlimited: false },
    });
    const uid = await begin(test.context, {
      ...slow,
      rate: { ...slow.rate, packetsPerSecondPerHost: 1_000 },
    });
    await expect
      .poll(async () => (await viewOf(test.context, uid)).completed, { timeout: 20_000 })
      .toBeGreaterThan(0);
    await stopScan(test.context, uid);
    const stopped = await viewOf(test.context, uid);
    expect(stopped.status).toBe('cancelled');
    expect(stopped.completed).toBeLessThan(10_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await viewOf(test.context, uid)).probesSent).toBe(stopped.probesSent);
    await expectComplete(db.store.read);
    await unlimit(db, uid);
    await resumeScan(test.context, uid, 'test');
    const scan = await awaitEnd(test.context, uid);
    expect(scan).toMatchObject({ status: 'completed', completed: 10_000 });
    expect(scan.probesSent).toBeGreaterThanOrEqual(10_000);
    expect(await openPorts(uid)).toEqual(listeners.ports.filter((port) => port <= 10_000));
    await expectComplete(db.store.read);
  });

  it('is taken by the next worker when its own ends in the middle', {
    timeout: 120_000,
  }, async () => {
    const first = await openTestDatabase();
    const one = await openTestWorker(first);
    const uid = await begin(
      one.context,
      order(['127.0.8.1'], '1-20000', {
        rate: { packetsPerSecond: 1_000, packetsPerSecondPerHost: 1_000, unlimited: false },
      }),
    );
    await expect
      .poll(async () => (await viewOf(one.context, uid)).completed, { timeout: 20_000 })
      .toBeGreaterThan(0);
    await one.close();
    const left = await viewOf(one.context, uid);
    expect(left.status).toBe('pending');
    await unlimit(first, uid);
    const two = await openTestWorker(first);
    try {
      expect(await awaitEnd(two.context, uid)).toMatchObject({ status: 'completed', completed: 20_000 });
    } finally {
      await two.close();
      await first.close();
    }
  });

  it('refuses to be stopped once it has completed', async () => {
    const uid = await begin(test.context, order(['127.0.8.1'], '1-10'));
    await awaitEnd(test.context, uid);
    await expect(stopScan(test.context, uid)).rejects.toMatchObject({ code: 'invalid_transition' });
    await expect(resumeScan(test.context, uid, 'test')).rejects.toMatchObject({ code: 'invalid_transition' });
  });
});

describe('sixteen scans of the same 64 addresses at once', () => {
  it('all complete without an error or a lost update', { timeout: 240_000 }, async () => {
    const many = await place.listen('127.0.9.7', 12);
    try {
      const ports = `${many.ports.join(',')},1-40`;
      const uids = await Promise.all(
        Array.from({ length: 16 }, () => begin(test.context, order(['127.0.9.0/26'], ports))),
      );
      for (const uid of uids) {
        const scan = await awaitEnd(test.context, uid, 200_000);
        expect(scan).toMatchObject({
          status: 'completed',
          errorCode: null,
          hostsUp: 64,
          listedPorts: many.ports.length,
        });
      }
      const { rows } = await sql`
        SELECT host(host.ip_address) AS address, array_agg(port.port ORDER BY port.port) AS ports, bool_and(port.state = 'open') AS open
        FROM host_ports port JOIN hosts host ON host.id = port.host_id WHERE host.ip_address << '127.0.9.0/24' GROUP BY 1`.execute(
        db.store.read,
      );
      expect(rows).toEqual([{ address: '127.0.9.7', ports: many.ports, open: true }]);
      await expectComplete(db.store.read);
    } finally {
      await many.close();
    }
  });
});

describe('a temporary worker', () => {
  it('finds its own scans without an event, also one with nothing left to do, and ignores others', async () => {
    const apart = await openTestDatabase();
    const own = new Set<string>();
    const context = createWorkContext(apart.store);
    const noEvents = { subscribe: () => () => undefined, close: () => Promise.resolve() };
    const temporaryWorker = createWorker(context, noEvents);
    try {
      const others = await begin(context, order(['127.0.8.1'], '1-10'));
      const mine = await begin(context, order(['127.0.8.1'], '1-10'));
      own.add(mine);
      temporaryWorker.runMaintenance(own);
      expect(await awaitEnd(context, mine)).toMatchObject({ status: 'completed', completed: 10 });
      // As after a kill between the last batch and the end of the scan.
      await sql`ALTER TABLE scan_jobs DISABLE TRIGGER scan_jobs_transition`.execute(apart.store.read);
      await sql`UPDATE scan_jobs SET status = 'running', completed_at = NULL WHERE uid = ${mine}`.execute(
        apart.store.read,
      );
      await sql`ALTER TABLE scan_jobs ENABLE TRIGGER scan_jobs_transition`.execute(apart.store.read);
      await sql`DELETE FROM scan_statistics`.execute(apart.store.read);
      expect(await awaitEnd(context, mine)).toMatchObject({ status: 'completed', completed: 10 });
      expect((await viewOf(context, others)).status).toBe('pending');
    } finally {
      await temporaryWorker.close();
      await apart.close();
    }
  });

  it('is not blocked by a deleted scan that stalled', async () => {
    const apart = await openTestDatabase();
    const context = createWorkContext(apart.store);
    const stalled = await begin(context, order(['127.0.8.1'], '1-10'));
    await sql`UPDATE scan_shards SET checkpoint = end_position`.execute(apart.store.read);
    await sql`UPDATE scan_jobs SET deleted_at = now() WHERE uid = ${stalled}`.execute(apart.store.read);
    const other = await openTestWorker(apart);
    try {
      const uid = await begin(context, order(['127.0.8.1'], '1-10'));
      expect(await awaitEnd(context, uid)).toMatchObject({ status: 'completed' });
    } finally {
      await other.close();
      await apart.close();
    }
  });
});

describe('a lease', () => {
  it('is renewed for as long as its holder runs', async () => {
    const apart = await openTestDatabase();
    const mayAnswer = Promise.withResolvers<void>();
    const slow = createConnectEngine({
      clock: test.context.clock,
      connect: () => mayAnswer.promise.then(() => ({ state: 'closed', reason: 'conn-refused' })),
    });
    const brief = await openTestWorker(apart, { leaseMs: BRIEF_LEASE_MS, prober: proberOf([slow]) });
    const rival = await openTestWorker(apart, {
      leaseMs: BRIEF_LEASE_MS,
      prober: proberOf([slow]),
      owner: 'rival',
    });
    try {
      const uid = await begin(brief.context, order(['127.0.8.1'], '1-10'));
      // As long as its first lease, and until both have polled for work after that.
      const checked = sql<{ isOver: boolean }>`
        SELECT started_at + ${2 * BRIEF_LEASE_MS} * interval '1 millisecond' < clock_timestamp() AS "isOver"
        FROM scan_jobs`;
      await expect
        .poll(async () => (await checked.execute(apart.store.read)).rows, { timeout: 30_000 })
        .toEqual([{ isOver: true }]);
      mayAnswer.resolve();
      expect(await awaitEnd(brief.context, uid)).toMatchObject({ status: 'completed', completed: 10 });
      const { rows } = await sql`SELECT max(lease_token) AS token FROM scan_batches`.execute(
        apart.store.read,
      );
      expect(rows).toEqual([{ token: 1 }]);
    } finally {
      mayAnswer.resolve();
      await brief.close();
      await rival.close();
      await apart.close();
    }
  });
});

describe('the query for orphans in the specification', () => {
  it('counts none', async () => {
    const { rows } = await sql`
      SELECT COUNT(*) FROM port_scans ps
      LEFT JOIN scan_jobs sj ON ps.job_id = sj.id
      WHERE sj.id IS NULL`.execute(db.store.read);
    expect(rows).toEqual([{ count: 0 }]);
  });
});

/** An engine whose probes never get a response; nothing is sent. */
function unresponsiveEngine(clock: Clock): Engine {
  return createConnectEngine({ clock, connect: () => Promise.resolve(NO_RESPONSE) });
}
