import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INTEGRITY_QUESTIONS } from '#store/verify.js';
import { verifyData } from '#work/verify-data.js';
import { openTestDatabase, type TestDatabase } from '../database.ts';
import { createWorkContext } from '../work-context.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

/** Sessions whose statement is one of the questions, waiting for a lock. */
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

describe('checking the stored data', () => {
  it('asks every question', async () => {
    const { checks } = await verifyData(createWorkContext(db.store), new AbortController().signal);
    expect(checks.map(({ name }) => name)).toEqual(INTEGRITY_QUESTIONS.map(({ name }) => name));
  });

  it('ends at once when it is interrupted, in the database too', async () => {
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

  it('asks nothing when it was interrupted before', async () => {
    await expect(verifyData(createWorkContext(db.store), AbortSignal.abort())).rejects.toMatchObject({
      code: 'interrupted',
    });
  });
});
