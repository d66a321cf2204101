import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileStats } from '#store/profiles/profiles.js';
import { findScanJob } from '#store/scans/scan-jobs.js';
import { unfinishedShardsOf } from '#store/scans/scan-shards.js';
import { createLog, type Log } from '#telemetry/log.js';
import type { WorkContext } from '#work/context/context.js';
import { letScanWait } from '#work/scans/end-scan.js';
import { resumeScan } from '#work/scans/resume-scan.js';
import { stopScan } from '#work/scans/stop-scan.js';
import { takeShard } from '#work/shards/claim-shard.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { awaitEnd, begin, openTestWorker, order, viewOf } from '../../support/programs/worker.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
});

it('has nothing to do for a completed scan, and reports that', async () => {
  const worker = await openTestWorker(db);
  const { context } = worker;
  const uid = await begin(context, order(['127.0.9.1'], '1-10'));
  const scan = await awaitEnd(context, uid);
  await worker.close();
  expect(scan).toMatchObject({ status: 'completed' });
  await expect(resumeScan(context, uid, 'test')).rejects.toMatchObject({
    code: 'invalid_transition',
    message: 'A completed scan has nothing left to do, so it cannot be resumed.',
  });
});

/** A log that records its messages at info. */
function listening(): { log: Log; lines: unknown[] } {
  const lines: unknown[] = [];
  const log = createLog('silent');
  log.info = (facts: unknown, message?: unknown) => void lines.push([message, facts]);
  return { log, lines };
}

it.each([
  ['logs that it resumes from a checkpoint', 4, 1],
  ['logs nothing when it begins', 0, 0],
])('a worker %s', async (_what, checkpoint, count) => {
  const { log, lines } = listening();
  const context = createWorkContext(db.store, { log });
  const uid = await begin(context, order(['127.0.9.1'], '1-10'));
  const { rows } = await sql<{ id: number }>`SELECT id FROM scan_jobs WHERE uid = ${uid}`.execute(
    db.store.read,
  );
  const [shardId = 0] = await unfinishedShardsOf(db.store.read, rows[0]?.id ?? 0);
  await sql`UPDATE scan_shards SET checkpoint = ${checkpoint} WHERE id = ${shardId}`.execute(db.store.read);
  expect((await takeShard(context, shardId))?.lease).toMatchObject({ checkpoint });
  expect(lines).toHaveLength(count);
  if (count > 0)
    expect(lines[0]).toEqual([
      'going on with a scan from its checkpoint',
      { scan: uid, shard: 0, lease: 1, checkpoint, end: 10 },
    ]);
});

/** Moves all records of a scan so far, and its start, that long into the past. */
async function pastBy(uid: string, seconds: number): Promise<void> {
  const ago = sql`${seconds} * interval '1 second'`;
  await sql`UPDATE events SET recorded_at = recorded_at - ${ago}
    WHERE job_id = (SELECT id FROM scan_jobs WHERE uid = ${uid})`.execute(db.store.read);
  await sql`UPDATE scan_jobs SET created_at = created_at - ${ago}, started_at = started_at - ${ago},
    completed_at = completed_at - ${ago} WHERE uid = ${uid}`.execute(db.store.read);
}

async function started(context: WorkContext): Promise<string> {
  const uid = await begin(context, order(['127.0.9.1'], '1-10'));
  const job = await findScanJob(db.store.read, uid);
  const [shardId = 0] = await unfinishedShardsOf(db.store.read, job.id);
  expect(await takeShard(context, shardId)).toBeDefined();
  return uid;
}

describe('the time in which no worker ran a scan', () => {
  it('is derived from its events, as long as these are kept', async () => {
    const context = createWorkContext(db.store);
    const uid = await started(context);
    await pastBy(uid, 27);
    await stopScan(context, uid);
    expect((await viewOf(context, uid)).idleSeconds).toBe(0);
    await pastBy(uid, 224);
    await resumeScan(context, uid, 'test');
    const worker = await openTestWorker(db);
    const scan = await awaitEnd(worker.context, uid);
    await worker.close();
    expect(scan).toMatchObject({ status: 'completed' });
    const { idleSeconds, startedAt, completedAt } = await viewOf(context, uid);
    expect(idleSeconds).toBeGreaterThan(223.9);
    const workSeconds = (Number(completedAt) - Number(startedAt)) / 1_000 - (idleSeconds ?? 0);
    // The time worked before it was stopped, and from the resume until the end.
    expect(workSeconds).toBeGreaterThan(26.9);
    // The duration shown for a profile is the working time of its scans.
    await sql`UPDATE scan_jobs SET builtin_profile = 'quick', profile_name = 'quick' WHERE uid = ${uid}`.execute(
      db.store.read,
    );
    const { durationMedianMs } = await profileStats(db.store.read, { builtIn: 'quick' });
    expect(durationMedianMs).toBeCloseTo(workSeconds * 1_000, -2);
    await sql`DELETE FROM events WHERE kind = 'scan.created' AND job_id = (SELECT id FROM scan_jobs WHERE uid = ${uid})`.execute(
      db.store.read,
    );
    expect((await viewOf(context, uid)).idleSeconds).toBeNull();
  });

  it('begins with the last heartbeat of a worker that was killed', async () => {
    const context = createWorkContext(db.store);
    const uid = await started(context);
    await pastBy(uid, 100);
    await sql`UPDATE scan_shards SET lease_owner = NULL, lease_expires_at = NULL
      WHERE job_id = (SELECT id FROM scan_jobs WHERE uid = ${uid})`.execute(db.store.read);
    expect(await letScanWait(context, uid)).toBe(true);
    const worker = await openTestWorker(db);
    await awaitEnd(worker.context, uid);
    await worker.close();
    expect((await viewOf(context, uid)).idleSeconds).toBeGreaterThan(99.9);
  });
});
