import { type KyselyPlugin, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INTEGRITY_QUESTIONS } from '#store/integrity/verify.js';
import { releaseLease, renewLease } from '#store/scans/scan-shards.js';
import { recordBatch } from '#work/batches/record-batch.js';
import { CHECK_NAMES, verifyData } from '#work/health/verify-data.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

/** Sessions whose statement is one of the checks, waiting for a lock. */
async function waitingQuestions(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%WITH fault AS%'`.execute(
    db.store.read,
  );
  return rows[0]?.count ?? 0;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** The result of one check. */
async function faultsOf(name: string, store = db.store): Promise<number | undefined> {
  const { checks } = await verifyData(createWorkContext(store), new AbortController().signal);
  return checks.find((check) => check.name === name)?.faults;
}

describe('checking the stored data', () => {
  it('finds orphans of every foreign key', async () => {
    const { rows } = await sql<{ name: string }>`
      SELECT 'orphans: ' || conrelid::regclass || '.' || attname AS name
      FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)
      WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace`.execute(
      db.store.read,
    );
    const probed = INTEGRITY_QUESTIONS.map(({ name }) => name).filter((name) => name.startsWith('orphans'));
    expect(probed.toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
  });

  it('raises no alarm between the last batch of a scan and its end, and one when no worker resumes it', async () => {
    const context = createWorkContext(db.store);
    const place = await claimedScan(context, '127.0.43.1', '1-2');
    await sql`UPDATE scan_jobs SET status = 'running', created_at = now() - interval '1 hour', started_at = now() - interval '1 hour'
      WHERE id = ${place.job.id}`.execute(db.store.read);
    const at = new Date();
    const skipped = { listed: [], covered: [], coveredPorts: 0, skipped: 1, evidence: [] };
    await recordBatch(context, place, {
      ...skipped,
      first: 0,
      end: 1,
      probesSent: 0,
      probesAnswered: 0,
      observedFrom: at,
      observedTo: at,
    });
    await releaseLease(db.store.read, place);
    expect(await faultsOf('running means leased')).toBe(0);
    await sql`UPDATE scan_batches SET recorded_at = now() - interval '2 minutes'`.execute(db.store.read);
    expect(await faultsOf('running means leased')).toBe(1);
  });

  it('raises no alarm for a scan whose worker returns during the check, as after an outage', async () => {
    const context = createWorkContext(db.store);
    const place = await claimedScan(context, '127.0.43.2', '1-2');
    await sql`UPDATE scan_jobs SET status = CASE WHEN id = ${place.job.id} THEN 'running' ELSE 'cancelled' END,
        created_at = now() - interval '1 hour', started_at = now() - interval '1 hour',
        completed_at = CASE WHEN id <> ${place.job.id} THEN now() END`.execute(db.store.read);
    await sql`UPDATE scan_shards SET lease_expires_at = now() - interval '5 minutes' WHERE id = ${place.shardId}`.execute(
      db.store.read,
    );
    let isBack = false;
    const returning: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      // Between the first read, which finds only the scan, and the second.
      transformResult: async ({ result }) => {
        if (!isBack && JSON.stringify(result.rows).includes(`scan ${place.job.uid}`))
          isBack = await renewLease(db.store.read, place, 60_000);
        return result;
      },
    };
    const store = { ...db.store, read: db.store.read.withPlugin(returning) };
    expect(await faultsOf('running means leased', store)).toBe(0);
    expect(isBack).toBe(true);
  });

  it('runs every check', async () => {
    const { checks } = await verifyData(createWorkContext(db.store), new AbortController().signal);
    expect(checks.map(({ name }) => name)).toEqual(CHECK_NAMES);
    expect(CHECK_NAMES.slice(0, -1)).toEqual(INTEGRITY_QUESTIONS.map(({ name }) => name));
  });

  it('ends at once when it is aborted, in the database too', async () => {
    const abort = new AbortController();
    await db.store.transaction(async (executor) => {
      await sql`LOCK TABLE scan_batches, scan_shards, scan_jobs, hosts IN ACCESS EXCLUSIVE MODE`.execute(
        executor,
      );
      const verifying = verifyData(createWorkContext(db.store), abort.signal);
      const refused = expect(verifying).rejects.toMatchObject({ code: 'interrupted' });
      await until(async () => (await waitingQuestions()) === 1);
      abort.abort();
      await refused;
      await until(async () => (await waitingQuestions()) === 0);
    });
  });

  it('runs no check when it was aborted before', async () => {
    await expect(verifyData(createWorkContext(db.store), AbortSignal.abort())).rejects.toMatchObject({
      code: 'interrupted',
    });
  });
});
