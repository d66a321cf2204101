import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readScan } from '#api/routes/scans/queries.js';
import { keepSurveyed } from '#jobs/capability-survey.js';
import { findWorkerView } from '#store/workers/worker-views.js';
import { markLostWorkers } from '#store/workers/workers.js';
import { letOrphanedScansWait } from '#work/scans/end-scan.js';
import { abilitiesOf, readCapabilities } from '#work/shards/capabilities.js';
import { takeShard } from '#work/shards/claim-shard.js';
import {
  drain,
  noticeLostWorkers,
  removeWorker,
  sendHeartbeat,
  signOff,
  skewOf,
  undrain,
} from '#work/workers/workers.js';
import {
  CONNECT,
  type Fleet,
  NMAP,
  NMAP_RAW,
  openFleet,
  RAW,
  type TestPost,
} from '../../support/api/fleet.ts';
import type { TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { begin, order } from '../../support/programs/worker.ts';

let fleet: Fleet;
let db: TestDatabase;
beforeAll(async () => {
  fleet = await openFleet();
  ({ db } = fleet);
});
afterEach(() => fleet.forgetAll());
afterAll(() => db.close());

const worker: Fleet['worker'] = (...what) => fleet.worker(...what);
const scanOf: Fleet['scanOf'] = (...what) => fleet.scanOf(...what);

const reasonOf = async (uid: string) => (await readScan(db.store.read, uid)).waiting_reason;
const takes = async ({ context }: TestPost, shardId: number) =>
  (await takeShard(context, shardId)) !== undefined;
/** Drains it, and returns whether another one takes its work. */
const isReplaced = async ({ context }: TestPost) => (await drain(context, context.owner, 'test')).isReplaced;
const hold = (at: TestPost, name: 'heartbeat_at' | 'lost_at', ageMs: number) =>
  sql`UPDATE workers SET started_at = now() - interval '1 day', ${sql.ref(name)} = now() - ${ageMs} * interval '1 millisecond'
    WHERE id = ${at.post.workerId}`.execute(db.store.read);
describe('a shard', () => {
  it('goes to no worker of another site', async () => {
    const [here, there] = [await worker('default'), await worker('branch')];
    const { shardId } = await scanOf('branch');
    expect(await takes(here, shardId)).toBe(false);
    expect(await takes(there, shardId)).toBe(true);
    await here.leave();
    await there.leave();
  });

  it('goes to a program without a site until its site has a worker, and again when the last one is removed', async () => {
    const everywhere = await worker(undefined);
    const first = await scanOf('branch');
    const own = await worker('branch');
    expect(await takes(everywhere, first.shardId)).toBe(false);
    // Stopped, it is still the only one in its namespace: no other process would see its hosts.
    await signOff(own.context, own.post);
    expect(await takes(everywhere, first.shardId)).toBe(false);
    expect(await reasonOf(first.uid)).toMatch(
      /^No worker of the site branch is running; `scanorama worker --site branch --database-url …` starts one\. The last one, machine-\d+\/1, was heard of at /,
    );
    await removeWorker(everywhere.context, own.context.owner, 'test');
    expect(await takes(everywhere, first.shardId)).toBe(true);
    await everywhere.leave();
  });

  it('is released when a worker of its site registers', async () => {
    const everywhere = await worker(undefined);
    const { shardId } = await scanOf('branch');
    expect(await takes(everywhere, shardId)).toBe(true);
    expect(
      (await sendHeartbeat(everywhere.context, everywhere.post, everywhere.input))?.foreignShards,
    ).toEqual([]);
    const own = await worker('branch');
    const beat = await sendHeartbeat(everywhere.context, everywhere.post, everywhere.input);
    expect(beat?.foreignShards).toEqual([shardId]);
    await own.leave();
    await everywhere.leave();
  });

  it('goes to no worker whose machine lacks its engine', async () => {
    const [raw, plain] = [await worker('branch', RAW), await worker('branch')];
    const { uid, shardId } = await scanOf('branch', { scanType: 'syn', targets: ['198.18.0.1'] });
    expect(await takes(plain, shardId)).toBe(false);
    await raw.leave();
    expect(await reasonOf(uid)).toBe(
      'No running worker of the site branch can scan with syn. The syn engine may not.',
    );
    const again = await worker('branch', RAW);
    expect(await reasonOf(uid)).toBeNull();
    expect(await takes(again, shardId)).toBe(true);
    await plain.leave();
    await again.leave();
  });

  it('goes to a worker whose machine got its engine, and not to one that lost it, after its next check', async () => {
    const one = await worker('default');
    let survey = NMAP;
    const stop = keepSurveyed(one.context, {
      post: one.post,
      first: CONNECT,
      poll: () => Promise.resolve(survey),
      everyMs: 10,
    });
    // Others may read it before the worker knows that it is written, and takes work by it.
    const reported = async () => [
      readCapabilities((await findWorkerView(db.store.read, one.context.owner)).capabilities),
      one.post.abilities,
    ];
    await expect.poll(reported).toEqual([NMAP, abilitiesOf(NMAP)]);
    const { shardId } = await scanOf('default', { scanType: 'version' });
    survey = CONNECT;
    await expect.poll(reported).toEqual([CONNECT, abilitiesOf(CONNECT)]);
    expect(await takes(one, shardId)).toBe(false);
    survey = NMAP;
    await expect.poll(reported).toEqual([NMAP, abilitiesOf(NMAP)]);
    expect(await takes(one, shardId)).toBe(true);
    await stop();
    await one.leave();
  });

  it('is assigned without waiting for the capability check of a machine', async () => {
    const one = await worker('default');
    const { promise: looking, resolve: polls } = Promise.withResolvers<void>();
    const pollOnce = () => {
      polls();
      return new Promise<never>(() => undefined);
    };
    const stop = keepSurveyed(one.context, { post: one.post, first: CONNECT, poll: pollOnce, everyMs: 10 });
    await looking;
    await stop();
    await one.leave();
  });

  it('of nmap that needs raw packets waits for a worker that has them, and reports that', async () => {
    const [raw, plain] = [await worker('branch', NMAP_RAW), await worker('branch', NMAP)];
    const probing = { osDetection: true };
    const systems = await scanOf('branch', { scanType: 'version', targets: ['198.18.0.1'], probing });
    const udp = await scanOf('branch', { scanType: 'version', targets: ['198.18.0.1'], ports: 'U:53' });
    await raw.leave();
    expect(await takes(plain, systems.shardId)).toBe(false);
    expect(await takes(plain, udp.shardId)).toBe(false);
    const why = 'with nmap, which needs raw packets for that.';
    expect(await reasonOf(systems.uid)).toBe(`No running worker of the site branch can tell systems ${why}`);
    expect(await reasonOf(udp.uid)).toBe(`No running worker of the site branch can ask UDP ports ${why}`);
    const again = await worker('branch', NMAP_RAW);
    expect([await reasonOf(systems.uid), await reasonOf(udp.uid)]).toEqual([null, null]);
    await plain.leave();
    await again.leave();
  });

  it('of a discovery run by raw packets goes to a machine that has them, while there is one', async () => {
    const [raw, plain] = [await worker('branch', RAW), await worker('branch')];
    const { shardId } = await scanOf('branch');
    await sql`UPDATE scan_jobs SET engine = 'discovery', scan_type = 'discovery', discovery_methods = '{arp,tcp}', ports = '',
        enrich = NULL, retries = 1 WHERE id = (SELECT job_id FROM scan_shards WHERE id = ${shardId})`.execute(
      db.store.read,
    );
    expect(await takes(plain, shardId)).toBe(false);
    await raw.leave();
    expect(await takes(plain, shardId)).toBe(true);
    await plain.leave();
  });

  it('goes to no worker that is drained, or that a migration has made outdated', async () => {
    const one = await worker('branch');
    const { uid, shardId } = await scanOf('branch');
    await drain(one.context, one.context.owner, 'test');
    expect(await takes(one, shardId)).toBe(false);
    expect(await reasonOf(uid)).toBe(
      `The only worker of the site branch, ${one.context.owner}, takes no work: it is drained.`,
    );
    await undrain(one.context, one.context.owner, 'test');
    await sql`INSERT INTO schema_migrations (version, name, checksum) VALUES (${fleet.migrations + 1}, 'x', 'x')`.execute(
      db.store.read,
    );
    expect(await takes(one, shardId)).toBe(false);
    const beat = await sendHeartbeat(one.context, one.post, one.input);
    expect(beat?.skew?.code).toBe('worker_version_skew');
    await sql`DELETE FROM schema_migrations WHERE version = ${fleet.migrations + 1}`.execute(db.store.read);
    expect(await findWorkerView(db.store.read, one.context.owner)).toMatchObject({
      state: 'drained',
      drainReason: expect.stringContaining(`schema version ${fleet.migrations + 1}`),
    });
    await one.leave();
  });
});

describe('the engine of a scan', () => {
  it('is the best that a worker of its site has', async () => {
    const context = createWorkContext(db.store, { post: { kind: 'none' } });
    const engineOf = async (site: string) => {
      const uid = await begin(context, order(['198.18.0.1'], '1', { site }));
      return (await readScan(db.store.read, uid)).engine;
    };
    expect(await engineOf('branch')).toBe('connect');
    const [plain, raw] = [await worker('branch'), await worker('branch', RAW)];
    expect(await engineOf('branch')).toBe('syn');
    expect(await engineOf('default')).toBe('connect');
    await drain(raw.context, raw.context.owner, 'test');
    expect(await engineOf('branch')).toBe('connect');
    await raw.leave();
    await expect(
      begin(context, order(['198.18.0.1'], '1', { site: 'branch', scanType: 'syn' })),
    ).rejects.toMatchObject({ code: 'privilege_missing', message: 'The syn engine may not.' });
    await plain.leave();
  });

  it('is that of a worker that can detect operating systems where this is requested, whichever came first', async () => {
    const [plain, raw] = [await worker('branch', NMAP), await worker('branch', NMAP_RAW)];
    const { uid } = await scanOf('branch', { scanType: 'aggressive', targets: ['198.18.0.1'] });
    expect(await readScan(db.store.read, uid)).toMatchObject({ engine: 'nmap', os_detection: true });
    await plain.leave();
    await raw.leave();
  });

  it('is that of workers that are temporarily gone before that of a machine elsewhere', async () => {
    const own = await worker('branch', RAW);
    await signOff(own.context, own.post);
    const { uid } = await scanOf('branch', { targets: ['198.18.0.1'] });
    expect((await readScan(db.store.read, uid)).engine).toBe('syn');
    await own.leave();
  });

  it('and its number of workers determine into how many shards a scan is split', async () => {
    const context = createWorkContext(db.store, { post: { kind: 'none' } });
    const shardsOf = async (ports: string) => {
      const uid = await begin(context, order(['127.81.0.0/24'], ports, { site: 'branch' }));
      const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM scan_shards shard
        JOIN scan_jobs job ON job.id = shard.job_id WHERE job.uid = ${uid}`.execute(db.store.read);
      return rows[0]?.count;
    };
    const one = await worker('branch');
    expect(await shardsOf('1-4000')).toBe(1);
    const two = await worker('branch');
    expect(await shardsOf('1-4000')).toBe(4);
    expect(await shardsOf('1-10')).toBe(1);
    await one.leave();
    await two.leave();
  });
});

describe('a running scan', () => {
  it('waits again once all workers that ran it are gone, and not while one of them may return', async () => {
    const one = await worker('branch');
    const { uid, shardId } = await scanOf('branch');
    const complete = async () => {
      await letOrphanedScansWait({ ...one.context, leaseMs: 1_000 });
      return (await readScan(db.store.read, uid)).status;
    };
    expect(await takes(one, shardId)).toBe(true);
    await sql`UPDATE scan_shards SET lease_expires_at = now() - interval '1 minute' WHERE id = ${shardId}`.execute(
      db.store.read,
    );
    expect(await complete()).toBe('running');
    await hold(one, 'heartbeat_at', 60_000);
    expect(await complete()).toBe('pending');
    expect(await reasonOf(uid)).toContain('No worker of the site branch is running');
    await sendHeartbeat(one.context, one.post, one.input);
    expect(await takes(one, shardId)).toBe(true);
    // Between two of its shards, and then permanently.
    await sql`UPDATE scan_shards SET lease_owner = NULL, lease_expires_at = NULL WHERE id = ${shardId}`.execute(
      db.store.read,
    );
    expect(await complete()).toBe('running');
    await signOff(one.context, one.post);
    expect(await complete()).toBe('pending');
  });
});

describe('the list of workers', () => {
  it('announces a lost worker once, and its return', async () => {
    const one = await worker('branch');
    await hold(one, 'heartbeat_at', 60_000);
    expect((await findWorkerView(db.store.read, one.context.owner)).state).toBe('lost');
    await noticeLostWorkers(one.context);
    await noticeLostWorkers(one.context);
    await sendHeartbeat(one.context, one.post, one.input);
    expect((await findWorkerView(db.store.read, one.context.owner)).state).toBe('active');
    expect(await fleet.reportedOf(one)).toEqual(['worker.started', 'worker.lost', 'worker.returned']);
    await expect(removeWorker(one.context, one.context.owner, 'test')).rejects.toMatchObject({
      code: 'conflict',
    });
    await signOff(one.context, one.post);
    await expect(undrain(one.context, one.context.owner, 'test')).rejects.toMatchObject({
      code: 'invalid_transition',
    });
    await removeWorker(one.context, one.context.owner, 'test');
    expect(await sendHeartbeat(one.context, one.post, one.input)).toBeUndefined();
  });

  it('announces the return of a worker whose heartbeat arrived while it was being declared lost', async () => {
    const one = await worker('branch');
    await hold(one, 'heartbeat_at', 60_000);
    const called = Promise.withResolvers<void>();
    const received = Promise.withResolvers<void>();
    const watch = db.store.transaction(async (executor) => {
      const lost = await markLostWorkers(executor);
      called.resolve();
      await received.promise;
      return lost;
    });
    await called.promise;
    const beat = sendHeartbeat(one.context, one.post, one.input);
    const waits = sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
      AND datname = current_database() AND query LIKE '%heartbeat_at%'`;
    await expect.poll(async () => (await waits.execute(db.store.read)).rows.length).toBeGreaterThan(0);
    received.resolve();
    expect(await watch).toHaveLength(1);
    expect(await beat).toMatchObject({ wasLost: true });
    expect(await fleet.reportedOf(one)).toContain('worker.returned');
    await one.leave();
  });

  it('removes workers that are long gone, but not the last of a site', async () => {
    const [old, last] = [await worker('branch'), await worker('branch')];
    for (const each of [old, last]) {
      await signOff(each.context, each.post);
      await sql`UPDATE workers SET started_at = now() - interval '9 days', heartbeat_at = now() - interval '8 days'
        WHERE id = ${each.post.workerId}`.execute(db.store.read);
    }
    await noticeLostWorkers(old.context);
    const { rows } = await sql<{ id: number }>`SELECT id FROM workers`.execute(db.store.read);
    expect(rows.map(({ id }) => id)).toEqual([last.post.workerId]);
    await last.leave();
  });
});

describe('a worker that is drained', () => {
  it('is replaced by another that takes work of the same site, and by no other', async () => {
    const [one, elsewhere] = [await worker('branch'), await worker(undefined)];
    expect(await isReplaced(one)).toBe(false);
    const other = await worker('branch');
    expect(await isReplaced(one)).toBe(true);
    await hold(other, 'heartbeat_at', 60_000);
    expect(await isReplaced(one)).toBe(false);
    await sendHeartbeat(other.context, other.post, other.input);
    expect(await isReplaced(one)).toBe(true);
    expect(await isReplaced(other)).toBe(false);
    expect(await isReplaced(one)).toBe(false);
    expect(await isReplaced(elsewhere)).toBe(false);
    await worker(undefined);
    expect(await isReplaced(elsewhere)).toBe(true);
  });
});

describe('a worker is compatible', () => {
  const worker1 = { version: '1.0.0', schemaVersion: 19 };
  it.each([
    [{ schemaVersion: 19, serverVersion: '1.0.0' }, undefined],
    [{ schemaVersion: 19, serverVersion: null }, undefined],
    [
      { schemaVersion: 19, serverVersion: '1.1.0' },
      'The server is Scanorama 1.1.0, and this worker is 1.0.0.',
    ],
    [
      { schemaVersion: 20, serverVersion: '1.0.0' },
      'The database has schema version 20, and this worker works',
    ],
    [
      { schemaVersion: 18, serverVersion: '1.0.0' },
      'The database has schema version 18, and this worker works',
    ],
  ])('%j', (found, message) => {
    const skew = skewOf(worker1, found);
    if (message === undefined) expect(skew).toBeUndefined();
    else
      expect(skew).toMatchObject({ code: 'worker_version_skew', message: expect.stringContaining(message) });
  });

  it('into no database that has no schema', () => {
    expect(skewOf(worker1, { schemaVersion: 0, serverVersion: null })).toMatchObject({
      code: 'database_empty',
      message: expect.stringContaining('The database has no schema yet'),
    });
  });
});
