import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createWorker } from '#jobs/worker.js';
import type { ProbeResult } from '#net/probe/ports/outcome.js';
import { type Connect, createConnectEngine } from '#scan/connect/connect-engine.js';
import { storeWithin } from '#store/database/store.js';
import { requestStop } from '#store/scans/scan-jobs.js';
import { revokeLeases, unfinishedShardsOf } from '#store/scans/scan-shards.js';
import { recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { resumeScan } from '#work/scans/resume-scan.js';
import { takeShard } from '#work/shards/claim-shard.js';
import { runShard } from '#work/shards/run-shard.js';
import { changeSite } from '#work/sites/sites.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext, proberOf } from '../../support/programs/work-context.ts';
import { begin, order, viewOf } from '../../support/programs/worker.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

const ADDRESS = '127.0.42.1';
const opened: TestDatabase[] = [];
let db: TestDatabase;

beforeEach(async () => {
  db = await openTestDatabase();
  opened.push(db);
});
afterAll(async () => {
  for (const one of opened) await one.close();
});

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
/** An engine with simulated results; nothing is sent. */
function contextWith(connect: Connect, overrides: Partial<WorkContext> = {}): WorkContext {
  return createWorkContext(db.store, {
    prober: proberOf([createConnectEngine({ clock, connect })]),
    ...overrides,
  });
}
const hanging: Connect = (_permit, { signal }) =>
  new Promise<ProbeResult>((resolve) => {
    signal.addEventListener('abort', () => resolve({ kind: 'aborted', code: 'ABORTED' }), { once: true });
  });
const refusing: Connect = () => Promise.resolve({ state: 'closed', reason: 'conn-refused' });

/** Runs the only shard of a scan like a worker that receives no events. */
async function runDeaf(context: WorkContext, jobId: number, onClaimed: () => void = () => undefined) {
  const [shardId = 0] = await unfinishedShardsOf(db.store.read, jobId);
  return runShard(context, shardId, { onClaimed, signal: new AbortController().signal });
}

async function jobIdOf(uid: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM scan_jobs WHERE uid = ${uid}`.execute(
    db.store.read,
  );
  return rows[0]?.id ?? 0;
}

describe('a run without events', () => {
  it('notices a stop that came while its shard was being claimed, long before its lease is to be renewed', async () => {
    // As late as possible: when the claim commits.
    await sql`CREATE FUNCTION stop_too() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN UPDATE scan_jobs SET stop_requested_at = clock_timestamp() WHERE id = NEW.job_id; RETURN NEW; END $$`.execute(
      db.store.read,
    );
    await sql`CREATE CONSTRAINT TRIGGER stop_too AFTER UPDATE OF lease_token ON scan_shards
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
      WHEN (NEW.lease_owner IS NOT NULL) EXECUTE FUNCTION stop_too()`.execute(db.store.read);
    const context = contextWith(hanging, { leaseMs: 600_000 });
    const uid = await begin(context, order([ADDRESS], '1-10'));
    expect(await runDeaf(context, await jobIdOf(uid))).toBe(true);
    expect(await viewOf(context, uid)).toMatchObject({ status: 'cancelled', completed: 0 });
  });

  it.each<[string, (jobId: number) => Promise<unknown>, string]>([
    ['a stop', (jobId) => requestStop(db.store.read, jobId), 'cancelled'],
    ['the loss of its lease', (jobId) => revokeLeases(db.store.read, jobId), 'running'],
  ])('sees %s at the next heartbeat', async (_what, happen, status) => {
    const context = contextWith(hanging, { leaseMs: 1_000 });
    const uid = await begin(context, order([ADDRESS], '1-10'));
    const jobId = await jobIdOf(uid);
    const claimed = Promise.withResolvers<void>();
    const running = runDeaf(context, jobId, claimed.resolve);
    await claimed.promise;
    // After the first heartbeat, so that it cannot be the one that notices it.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await happen(jobId);
    expect(await running).toBe(true);
    expect((await viewOf(context, uid)).status).toBe(status);
  });
});

const setScope = (context: WorkContext) =>
  changeSite(context, 'default', { change: { scope: ['198.18.0.0/24'] }, actor: 'test' });

describe('a scope that is set while a scan waits', () => {
  const BEYOND = '198.18.7.1';

  it.each([
    ['never began', false],
    ['lost its holder', true],
  ])('fails one outside it that %s, before anything is probed', async (_what, wasHeld) => {
    let probed = 0;
    const context = contextWith(() => Promise.reject(new Error(`probed ${(probed += 1)}`)));
    const uid = await begin(context, order([BEYOND], '1-10'));
    const jobId = await jobIdOf(uid);
    const [shardId = 0] = await unfinishedShardsOf(db.store.read, jobId);
    if (wasHeld) {
      expect(await takeShard({ ...context, owner: 'killed' }, shardId)).toBeDefined();
      await revokeLeases(db.store.read, jobId);
    }
    await setScope(context);
    expect(await runDeaf(context, jobId)).toBe(false);
    const view = await viewOf(context, uid);
    expect(view).toMatchObject({ status: 'failed', errorCode: 'outside_scope', completed: 0 });
    expect(view.errorMessage).toContain(`${BEYOND} lies outside the scope of the site "default"`);
    expect(probed).toBe(0);
  });

  it.each([
    ['of this machine', '127.0.42.1', false],
    ['that an administrator started outside it', BEYOND, true],
    ['inside it', '198.18.0.7', false],
  ])('lets one go on %s', async (_what, address, outsideScope) => {
    const context = contextWith(refusing);
    const uid = await begin(context, order([address], '1-10', { outsideScope }));
    await setScope(context);
    expect(await runDeaf(context, await jobIdOf(uid))).toBe(true);
    expect(await viewOf(context, uid)).toMatchObject({ status: 'completed', completed: 10 });
  });
});

describe('a scan that another version planned', () => {
  it('fails with the reason before anything is probed, and cannot be resumed', async () => {
    const context = contextWith(() => Promise.reject(new Error('it was probed')));
    const uid = await begin(context, order([ADDRESS], '1-10'));
    await sql`UPDATE scan_jobs SET plan_version = 99 WHERE uid = ${uid}`.execute(db.store.read);
    await runDeaf(context, await jobIdOf(uid));
    expect(await viewOf(context, uid)).toMatchObject({
      status: 'failed',
      errorCode: 'conflict',
      completed: 0,
    });
    await expect(resumeScan(context, uid, 'test')).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a block that is resumed', () => {
  it('keeps the date of its first response, which an earlier run saw', async () => {
    const context = contextWith(refusing);
    const place = await claimedScan(context, ADDRESS, '1-10');
    const begun = new Date('2026-01-01T00:00:00Z');
    await recordBatch(
      context,
      { ...place, blockStartedAt: begun },
      {
        first: 0,
        end: 4,
        probesSent: 4,
        probesAnswered: 0,
        listed: [],
        covered: [],
        coveredPorts: 0,
        skipped: 4,
        evidence: [],
        observedFrom: begun,
        observedTo: begun,
      },
    );
    await revokeLeases(db.store.read, place.job.id);
    await runDeaf(context, place.job.id);
    const { rows } = await sql`SELECT state, observed_at AS at FROM scan_coverage`.execute(db.store.read);
    expect(rows).toEqual([{ state: 'closed', at: begun }]);
  });
});

describe('a run whose shard went to another', () => {
  it('fails nothing when it fails afterwards', async () => {
    const broken = Promise.withResolvers<void>();
    const probed = Promise.withResolvers<void>();
    const old = contextWith(
      async () => {
        probed.resolve();
        await broken.promise;
        throw new Error('the old machine broke');
      },
      { owner: 'old' },
    );
    const uid = await begin(old, order([ADDRESS], '1-2'));
    const jobId = await jobIdOf(uid);
    const [shardId = 0] = await unfinishedShardsOf(db.store.read, jobId);
    const running = runDeaf(old, jobId);
    await probed.promise;
    const next = await db.store.transaction(async (executor) => {
      // In one transaction, so that no heartbeat renews the lease in between.
      await sql`UPDATE scan_shards SET lease_expires_at = now() - interval '1 second'`.execute(executor);
      const within = storeWithin(db.store, executor);
      return takeShard(contextWith(refusing, { owner: 'next', store: within }), shardId);
    });
    expect(next).toBeDefined();
    broken.resolve();
    expect(await running).toBe(true);
    expect((await viewOf(old, uid)).status).toBe('running');
    const { rows } = await sql<{ owner: string; token: number }>`
      SELECT lease_owner AS owner, lease_token AS token FROM scan_shards`.execute(db.store.read);
    expect(rows).toEqual([{ owner: 'next', token: next?.lease.token }]);
  });
});

describe('a worker that has run a shard', () => {
  it('polls for the next at once', async () => {
    const context = contextWith(refusing);
    for (let count = 0; count < 20; count += 1) await begin(context, order([ADDRESS], '1'));
    const announcements = { subscribe: () => () => undefined, close: () => Promise.resolve() };
    const worker = createWorker(context, announcements, { concurrency: 1 });
    try {
      worker.runMaintenance();
      const completed = async () =>
        (await sql`SELECT FROM scan_jobs WHERE status = 'completed'`.execute(db.store.read)).rows.length;
      // One per poll, and these are two seconds apart, would take 38 s.
      await expect.poll(completed, { timeout: 37_000, interval: 200 }).toBe(20);
    } finally {
      await worker.close();
    }
  }, 120_000);
});
