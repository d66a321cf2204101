import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readScan } from '#api/routes/scans/queries.js';
import { type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { keepPost } from '#jobs/worker-registration.js';
import { watchFleet } from '#jobs/worker-watch.js';
import type { Prober } from '#scan/engine/prober.js';
import { CircuitBreaker } from '#store/database/breaker.js';
import { storeWithin } from '#store/database/store.js';
import { awaitedOsScans } from '#store/scans/os-scans.js';
import { findWorkerView } from '#store/workers/worker-views.js';
import { takeShard } from '#work/shards/claim-shard.js';
import { runShard } from '#work/shards/run-shard.js';
import { drain, sendHeartbeat, signOff, undrain } from '#work/workers/workers.js';
import { CONNECT, type Fleet, openFleet, RAW, type TestPost } from '../../support/api/fleet.ts';
import type { TestDatabase } from '../../support/database/database.ts';

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
const takes = async ({ context }: TestPost, shardId: number) =>
  (await takeShard(context, shardId)) !== undefined;
const awaited = (siteId: number | null) => awaitedOsScans(db.store.read, { siteId, limit: 10 });

describe('the OS detection scan that follows a discovery', () => {
  it('is started by no worker of another site', async () => {
    const own = await worker('branch');
    const { uid } = await scanOf('branch');
    const set = (what: ReturnType<typeof sql>) =>
      sql`UPDATE scan_jobs SET ${what} WHERE uid = ${uid}`.execute(db.store.read);
    await set(sql`engine = 'discovery', scan_type = 'discovery', discovery_methods = '{tcp}', ports = '', enrich = NULL, retries = 1,
      os_scan = 'requested', status = 'running', started_at = clock_timestamp()`);
    await set(sql`status = 'completed', completed_at = clock_timestamp()`);
    expect(await awaited(null)).toEqual([]);
    expect(await awaited(own.post.siteId)).toEqual([uid]);
    await own.leave();
    expect(await awaited(null)).toEqual([uid]);
  });
});

describe('a backward step of the clock', () => {
  it('marks no worker as lost', async () => {
    const one = await worker('branch');
    const later = async () =>
      sql`UPDATE workers SET started_at = now() + interval '1 hour', heartbeat_at = now() + interval '1 hour'
        WHERE id = ${one.post.workerId}`.execute(db.store.read);
    await later();
    expect(await sendHeartbeat(one.context, one.post, one.input)).toMatchObject({ isDraining: false });
    expect(await drain(one.context, one.context.owner, 'test')).toMatchObject({
      worker: { state: 'drained' },
    });
    await undrain(one.context, one.context.owner, 'test');
    await sql`UPDATE workers SET heartbeat_ms = 10, heartbeat_at = started_at`.execute(db.store.read);
    await signOff(one.context, one.post);
    expect((await findWorkerView(db.store.read, one.context.owner)).state).toBe('stopped');
    await one.leave();
  });
});

describe('an outage of PostgreSQL', () => {
  it('is no sign that a worker is gone, until all heartbeats could arrive again', async () => {
    const one = await worker('branch');
    const { uid, shardId } = await scanOf('branch');
    expect(await takes(one, shardId)).toBe(true);
    await sql`UPDATE scan_shards SET lease_expires_at = now() - interval '1 minute' WHERE id = ${shardId}`.execute(
      db.store.read,
    );
    await sql`UPDATE workers SET started_at = now() - interval '1 day', heartbeat_at = now() - interval '1 minute'`.execute(
      db.store.read,
    );

    let isThere = false;
    const breaker = new CircuitBreaker({
      probe: () => (isThere ? Promise.resolve() : Promise.reject(new Error('refused'))),
      pause: () => new Promise((resolve) => setTimeout(resolve, 1)),
    });
    let nowMs = 0;
    let polls = 0;
    const monotonic = () => {
      polls += 1;
      return nowMs;
    };
    const end = watchFleet(
      {
        ...one.context,
        leaseMs: 1_000,
        clock: { ...one.context.clock, monotonic },
        store: { ...db.store, breaker },
      },
      5,
    );
    breaker.suspect();
    await expect.poll(() => breaker.isOpen).toBe(true);
    isThere = true;
    await expect.poll(() => breaker.isOpen).toBe(false);
    const fromCheck = polls;
    await expect.poll(() => polls).toBeGreaterThan(fromCheck + 2);
    const now = async () => ({
      scan: (await readScan(db.store.read, uid)).status,
      reported: await fleet.reportedOf(one),
    });
    expect(await now()).toEqual({ scan: 'running', reported: ['worker.started'] });
    nowMs = 2_000;
    await expect.poll(now).toEqual({ scan: 'pending', reported: ['worker.started', 'worker.lost'] });
    await end();
    await breaker.close();
  });
});

describe('a worker that paused because it was incompatible', () => {
  it('takes work again when it is compatible and is resumed', async () => {
    const one = await worker('branch');
    const received: string[] = [];
    let ends = 0;
    const leave = keepPost(
      { ...one.context, leaseMs: 20 },
      {
        worker: {
          pause: () => void received.push('pause'),
          goOn: () => void received.push('go on'),
          letGo: () => undefined,
        },
        announcements: { subscribe: () => () => undefined, close: () => Promise.resolve() },
        post: one.post,
        input: one.input,
        onEnd: () => {
          ends += 1;
        },
      },
    );
    const now = () => expect.poll(() => received.at(-1));
    await now().toBe('go on');
    await sql`INSERT INTO schema_migrations (version, name, checksum) VALUES (${fleet.migrations + 1}, 'x', 'x')`.execute(
      db.store.read,
    );
    await now().toBe('pause');
    await sql`DELETE FROM schema_migrations WHERE version = ${fleet.migrations + 1}`.execute(db.store.read);
    await undrain(one.context, one.context.owner, 'test');
    await now().toBe('go on');
    expect(ends).toBe(1);
    await leave();
    await one.leave();
  });

  it('is not paused again by a heartbeat that read the schema before', async () => {
    const one = await worker('branch');
    const newer = fleet.migrations + 1;
    await sql`INSERT INTO schema_migrations (version, name, checksum) VALUES (${newer}, 'x', 'x')`.execute(
      db.store.read,
    );
    const alive = () => sendHeartbeat(one.context, one.post, one.input);
    expect((await alive())?.skew?.code).toBe('worker_version_skew');
    const waits = sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
      AND datname = current_database() AND query LIKE '%heartbeat_at%'`;
    let beating: ReturnType<typeof alive> | undefined;
    await db.store.transaction(async (executor) => {
      await undrain({ ...one.context, store: storeWithin(db.store, executor) }, one.context.owner, 'test');
      beating = alive();
      await expect.poll(async () => (await waits.execute(db.store.read)).rows.length).toBeGreaterThan(0);
      await sql`DELETE FROM schema_migrations WHERE version = ${newer}`.execute(db.store.read);
    });
    expect(await beating).toMatchObject({ isDraining: false, skew: undefined });
    expect((await findWorkerView(db.store.read, one.context.owner)).state).toBe('active');
    await one.leave();
  });
});

/** Breaks once `until` has ended. */
const broken = (code: ErrorCode, until: Promise<void> = Promise.resolve()): Prober => ({
  survey: () => Promise.resolve(CONNECT),
  run: () => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        await until;
        throw new ScanoramaError(code, 'The machine is broken.');
      },
    }),
    exclude: () => undefined,
    renew: () => undefined,
  }),
  close: () => Promise.resolve(),
});
const runOn = ({ context }: TestPost, shardId: number, prober: Prober) =>
  runShard({ ...context, prober }, shardId, {
    onClaimed: () => undefined,
    signal: new AbortController().signal,
  });
const stateOf = async ({ context }: TestPost) => {
  const { state, drainReason } = await findWorkerView(db.store.read, context.owner);
  return { state, drainReason };
};
const statusOf = async (uid: string) => (await readScan(db.store.read, uid)).status;

describe('a worker whose machine is broken', () => {
  it('drains itself and leaves the scan to another, once for a scan', async () => {
    const [one, two, three] = [await worker('branch'), await worker('branch'), await worker('branch')];
    const { uid, shardId } = await scanOf('branch');
    expect(await runOn(one, shardId, broken('engine_failed'))).toBe(true);
    expect(await statusOf(uid)).toBe('pending');
    expect(await stateOf(one)).toEqual({ state: 'drained', drainReason: 'The machine is broken.' });
    expect(await takes(one, shardId)).toBe(false);
    expect(await runOn(two, shardId, broken('prober_died'))).toBe(true);
    expect(await readScan(db.store.read, uid)).toMatchObject({
      status: 'failed',
      error: { code: 'prober_died' },
    });
    expect((await stateOf(two)).state).toBe('active');
    for (const each of [one, two, three]) await each.leave();
  });

  it('fails the scan where no other worker could run it, or where it is the fault of the scan', async () => {
    const [raw, plain] = [await worker('branch', RAW), await worker('branch')];
    const syn = await scanOf('branch', { scanType: 'syn', targets: ['198.18.0.1'] });
    await runOn(raw, syn.shardId, broken('engine_failed'));
    expect(await statusOf(syn.uid)).toBe('failed');
    const any = await scanOf('branch');
    await runOn(plain, any.shardId, broken('invalid_request'));
    expect(await statusOf(any.uid)).toBe('failed');
    expect((await stateOf(raw)).state).toBe('active');
    expect((await stateOf(plain)).state).toBe('active');
    await raw.leave();
    await plain.leave();
  });

  it.each([
    ['one scan', 1],
    ['two scans', 2],
  ])('leaves one at work where all break in the same instant, by %s', async (_, scans) => {
    const [one, two] = [await worker('branch'), await worker('branch')];
    const shards = await Promise.all(Array.from({ length: scans }, () => scanOf('branch')));
    if (scans === 1) shards.push(await halved(shards[0]));
    const breaking = Promise.withResolvers<void>();
    const claimed: number[] = [];
    const run = ({ context }: TestPost, shardId: number) =>
      runShard({ ...context, prober: broken('engine_failed', breaking.promise) }, shardId, {
        onClaimed: () => void claimed.push(shardId),
        signal: new AbortController().signal,
      });
    const runs = [run(one, shards[0]?.shardId ?? 0), run(two, shards[1]?.shardId ?? 0)];
    await expect.poll(() => claimed.length).toBe(2);
    breaking.resolve();
    await Promise.all(runs);
    const states = await Promise.all([one, two].map(async (each) => (await stateOf(each)).state));
    expect(states.toSorted()).toEqual(['active', 'drained']);
    for (const each of [one, two]) await each.leave();
  });
});

/** Splits the shard of a scan in two, and returns the second. */
async function halved(
  first: { readonly shardId: number } | undefined,
): Promise<{ uid: string; shardId: number }> {
  const { rows } = await sql<{ id: number; uid: string }>`
    WITH cut AS (UPDATE scan_shards SET end_position = first_position + 1 WHERE id = ${first?.shardId ?? 0} RETURNING *)
    INSERT INTO scan_shards (job_id, number, first_position, end_position, checkpoint)
    SELECT job_id, 1, end_position, end_position + 1, end_position FROM cut
    RETURNING id, (SELECT uid FROM scan_jobs WHERE id = job_id) AS uid`.execute(db.store.read);
  const [row] = rows;
  return { uid: row?.uid ?? '', shardId: row?.id ?? 0 };
}
