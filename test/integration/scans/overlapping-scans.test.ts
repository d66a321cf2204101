import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { POOL_CONNECTIONS } from '#store/database/guarded-pool.js';
import { renewLease } from '#store/scans/scan-shards.js';
import type { BatchRecord } from '#work/batches/batch-record.js';
import { type BatchPlace, recordBatch } from '#work/batches/record-batch.js';
import { MAX_BATCHES_AT_ONCE } from '#work/context/context.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { viewOf } from '../../support/programs/worker.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

const SCANS = POOL_CONNECTIONS;
const ADDRESS = '127.0.41.1';
const at = new Date('2026-01-01T00:00:01Z');
const unresponsive: BatchRecord = {
  first: 0,
  end: 1,
  probesSent: 1,
  probesAnswered: 0,
  listed: [],
  covered: [
    { address: ADDRESS, protocol: 'tcp', state: 'filtered', reason: 'no-response', ports: '{[1,2)}' },
  ],
  coveredPorts: 1,
  skipped: 0,
  evidence: [],
  observedFrom: at,
  observedTo: at,
};

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

async function waitingForLocks(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(
    db.store.read,
  );
  return rows[0]?.count ?? 0;
}

it('more scans of one address than there are connections leave some for other requests', async () => {
  const context = createWorkContext(db.store);
  const places: BatchPlace[] = [];
  for (let scan = 0; scan < SCANS; scan += 1) places.push(await claimedScan(context, ADDRESS, '1'));
  let storing: Promise<unknown> | undefined;
  let beating: Promise<unknown> | undefined;
  await db.store.transaction(async (executor) => {
    await sql`LOCK TABLE scan_coverage IN SHARE MODE`.execute(executor);
    storing = Promise.all(places.map((place) => recordBatch(context, place, unresponsive)));
    await expect.poll(waitingForLocks).toBe(MAX_BATCHES_AT_ONCE);
    // The heartbeat of scans whose batch is being stored waits too; the others are renewed.
    beating = Promise.all(places.map((place) => renewLease(db.store.read, place, 60_000)));
    await expect.poll(waitingForLocks).toBe(2 * MAX_BATCHES_AT_ONCE);
    expect(await viewOf(context, places[0]?.job.uid ?? '')).toMatchObject({ completed: 0 });
  });
  await Promise.all([storing, beating]);
  expect(await viewOf(context, places.at(-1)?.job.uid ?? '')).toMatchObject({ completed: 1 });
});
