import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unfinishedShardsOf } from '#store/scan-shards.js';
import { createLog, type Log } from '#telemetry/log.js';
import { takeShard } from '#work/claim-shard.js';
import { resumeScan } from '#work/resume-scan.js';
import { openTestDatabase, type TestDatabase } from '../database.ts';
import { createWorkContext } from '../work-context.ts';
import { begin, openTestWorker, order, settled } from '../worker.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
});

it('has nothing to do for a completed scan, and says so', async () => {
  const worker = await openTestWorker(db);
  const { context } = worker;
  const uid = await begin(context, order(['127.0.9.1'], '1-10'));
  const scan = await settled(context, uid);
  await worker.close();
  expect(scan).toMatchObject({ status: 'completed' });
  await expect(resumeScan(context, uid, 'test')).rejects.toMatchObject({
    code: 'invalid_transition',
    message: 'A completed scan has nothing left to do, so it cannot be resumed.',
  });
});

/** A log that remembers what it is told at info. */
function listening(): { log: Log; lines: unknown[] } {
  const lines: unknown[] = [];
  const log = createLog('silent');
  log.info = (facts: unknown, message?: unknown) => void lines.push([message, facts]);
  return { log, lines };
}

it.each([
  ['says so when it goes on from a checkpoint', 4, 1],
  ['is silent when it begins', 0, 0],
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
