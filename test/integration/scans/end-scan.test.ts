import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingFacts } from '#domain/settings/setting.js';
import { verifyReferences } from '#store/database/references.js';
import { findScanJob, moveScanJob, requestStop } from '#store/scans/scan-jobs.js';
import { claimShard, runnableShards, unfinishedShardsOf } from '#store/scans/scan-shards.js';
import type { BatchRecord } from '#work/batches/batch-record.js';
import { recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { cancelScan, finishScan, letAbandonedScansWait, letScanWait } from '#work/scans/end-scan.js';
import { resumeScan } from '#work/scans/resume-scan.js';
import { MAX_HELD_SHARDS_PER_SCAN, takeShard } from '#work/shards/claim-shard.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { begin, order, viewOf } from '../../support/programs/worker.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

let db: TestDatabase;
let context: WorkContext;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(async () => {
  await db.close();
});

const at = new Date('2026-01-01T00:00:01Z');
function unresponsive(first: number, end: number): BatchRecord {
  return {
    first,
    end,
    probesSent: end - first,
    probesAnswered: 0,
    listed: [],
    covered: [
      {
        address: '127.0.50.1',
        protocol: 'tcp',
        state: 'filtered',
        reason: 'no-response',
        ports: `{[${first + 1},${end + 1})}`,
      },
    ],
    coveredPorts: end - first,
    skipped: 0,
    evidence: [],
    observedFrom: at,
    observedTo: at,
  };
}
const scan = () => claimedScan(context, '127.0.50.1', '1-10');
async function run(uid: string): Promise<void> {
  await db.store.transaction(async (executor) =>
    moveScanJob(executor, await findScanJob(executor, uid), { to: 'running' }),
  );
}

describe('finishing', () => {
  it('does nothing while a shard has work left', async () => {
    const place = await scan();
    await run(place.job.uid);
    await recordBatch(context, place, unresponsive(0, 5));
    expect(await finishScan(context, place.job.uid)).toBe(false);
    expect((await viewOf(context, place.job.uid)).status).toBe('running');
  });

  it('fails a scan whose checkpoints are at the end and whose ledger has a gap', async () => {
    const place = await scan();
    await run(place.job.uid);
    await recordBatch(context, place, unresponsive(0, 5));
    await recordBatch(context, { ...place, seq: 1 }, unresponsive(5, 10));
    await sql`DELETE FROM scan_batches WHERE shard_id = ${place.shardId} AND seq = 0`.execute(db.store.read);
    expect(await finishScan(context, place.job.uid)).toBe(true);
    expect(await viewOf(context, place.job.uid)).toMatchObject({
      status: 'failed',
      errorCode: 'storage_failed',
    });
  });
});

describe('a batch', () => {
  it.each([
    ['a gap', 1, 5, 6],
    ['an overlap', 1, 3, 6],
    ['a number ahead', 2, 4, 6],
  ])('that leaves %s behind the last one is refused', async (_, seq, first, end) => {
    const place = await scan();
    await recordBatch(context, place, unresponsive(0, 4));
    await expect(recordBatch(context, { ...place, seq }, unresponsive(first, end))).rejects.toMatchObject({
      code: 'batch_conflict',
    });
  });
});

describe('a run that ends late', () => {
  it('does not cancel a scan without a request to stop it', async () => {
    const place = await scan();
    await sql`UPDATE scan_shards SET lease_owner = NULL, lease_expires_at = NULL WHERE id = ${place.shardId}`.execute(
      db.store.read,
    );
    expect(await cancelScan(context, place.job.uid, false)).toBe(false);
    expect((await viewOf(context, place.job.uid)).status).toBe('pending');
  });
});

describe('leases', () => {
  it('cannot be claimed while a worker holds one, and can when it has expired', async () => {
    const place = await scan();
    const claim = { shardId: place.shardId, owner: 'another', leaseMs: 60_000 };
    expect(await claimShard(db.store.read, claim)).toBeUndefined();
    await sql`UPDATE scan_shards SET lease_expires_at = now() - interval '1 s' WHERE id = ${place.shardId}`.execute(
      db.store.read,
    );
    expect(await claimShard(db.store.read, claim)).toMatchObject({ token: place.token + 1 });
    await expect(recordBatch(context, place, unresponsive(0, 5))).rejects.toMatchObject({
      code: 'lease_lost',
    });
  });

  it('are revoked by a cancel, so that its worker writes no more', async () => {
    const place = await scan();
    await requestStop(db.store.read, place.job.id);
    expect(await cancelScan(context, place.job.uid, false)).toBe(false);
    expect(await cancelScan(context, place.job.uid, true)).toBe(true);
    await expect(recordBatch(context, place, unresponsive(0, 5))).rejects.toMatchObject({
      code: 'lease_lost',
    });
  });
});

const MAX_RUNNING_SHARDS = Number(settingFacts('worker.shards').fallback);

describe('a scan of more shards than a program runs', () => {
  it('leaves capacity for the scans that come after it', async () => {
    const apart = await openTestDatabase();
    try {
      const one = createWorkContext(apart.store);
      const large = await begin(one, order(['127.0.0.0/9'], '1-8', { confirmLarge: true }));
      const small = await begin(one, order(['127.0.50.1'], '1-10'));
      const shards = await unfinishedShardsOf(
        apart.store.read,
        (await findScanJob(apart.store.read, large)).id,
      );
      expect(shards).toHaveLength(MAX_RUNNING_SHARDS);
      const share = { owner: one.owner, perScan: MAX_HELD_SHARDS_PER_SCAN, siteId: null, abilities: null };
      const discovery = { only: undefined, limit: MAX_RUNNING_SHARDS };
      const smallShards = await unfinishedShardsOf(
        apart.store.read,
        (await findScanJob(apart.store.read, small)).id,
      );
      expect(await runnableShards(apart.store.read, discovery, share)).toEqual([
        ...shards.slice(0, MAX_HELD_SHARDS_PER_SCAN),
        ...smallShards,
      ]);
      const taken = [];
      for (const shard of shards) taken.push(await takeShard(one, shard));
      expect(taken.filter((claimed) => claimed !== undefined)).toHaveLength(MAX_HELD_SHARDS_PER_SCAN);
      expect(await runnableShards(apart.store.read, discovery, share)).toEqual(smallShards);
      // Another program has a share of its own.
      expect(await takeShard({ ...one, owner: 'another' }, shards.at(-1) ?? 0)).toBeDefined();
    } finally {
      await apart.close();
    }
  });
});

async function expire(shardId: number): Promise<void> {
  await sql`UPDATE scan_shards SET lease_expires_at = now() - interval '2 minutes' WHERE id = ${shardId}`.execute(
    db.store.read,
  );
}

describe('a running scan without a worker', () => {
  it('waits for the next worker, and can be claimed by it', async () => {
    const place = await scan();
    await run(place.job.uid);
    await letAbandonedScansWait(context);
    expect((await viewOf(context, place.job.uid)).status).toBe('running');
    await expire(place.shardId);
    await letAbandonedScansWait(context);
    expect((await viewOf(context, place.job.uid)).status).toBe('pending');
    expect((await takeShard(context, place.shardId))?.lease.token).toBe(place.token + 1);
    expect((await viewOf(context, place.job.uid)).status).toBe('running');
  });

  it('is left to recovery when a stop was requested', async () => {
    const place = await scan();
    await run(place.job.uid);
    await requestStop(db.store.read, place.job.id);
    await expire(place.shardId);
    expect(await letScanWait(context, place.job.uid)).toBe(false);
    expect((await viewOf(context, place.job.uid)).status).toBe('running');
  });
});

describe('resuming an abandoned scan', () => {
  it('clears an earlier request to stop', async () => {
    const place = await scan();
    await run(place.job.uid);
    await requestStop(db.store.read, place.job.id);
    await sql`UPDATE scan_shards SET lease_owner = NULL, lease_expires_at = NULL WHERE id = ${place.shardId}`.execute(
      db.store.read,
    );
    await resumeScan(context, place.job.uid, 'test');
    expect((await findScanJob(db.store.read, place.job.uid)).stopRequested).toBe(false);
  });
});

describe('verifying references', () => {
  it('locks what it found until the transaction ends', async () => {
    const place = await scan();
    const order: string[] = [];
    let deletion: Promise<unknown> | undefined;
    await db.store.transaction(async (executor) => {
      await verifyReferences(executor, { jobIds: [place.job.id], hostIds: [] });
      deletion = sql`DELETE FROM scan_jobs WHERE id = ${place.job.id}`
        .execute(db.store.read)
        .then(() => order.push('deleted'));
      await expect
        .poll(async () => {
          const { rows } =
            await sql`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(
              db.store.read,
            );
          return rows.length;
        })
        .toBe(1);
      order.push('committing');
    });
    await deletion;
    expect(order).toEqual(['committing', 'deleted']);
  });
});
