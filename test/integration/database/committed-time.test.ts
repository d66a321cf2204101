import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '#contract/api/routes.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const HELD = 4_242;
const LONG_TIMEOUT = { timeout: 30_000 };
let lab: ApiLab;
beforeAll(async () => {
  lab = await openApiLab();
  const { read } = lab.db.store;
  await sql`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock(4242); RETURN NEW; END $$`.execute(read);
  await sql`CREATE TRIGGER hold BEFORE INSERT ON scan_batches FOR EACH ROW EXECUTE FUNCTION hold()`.execute(
    read,
  );
});
afterAll(() => lab.close());

const see = (address: string) =>
  recordScan(lab.context, { address, state: 'open', at: new Date('2026-01-01T00:00:00Z') });
async function waiting(): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(lab.db.store.read);
  return rows[0]?.count ?? -1;
}
async function databaseNow(): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(lab.db.store.read);
  return rows[0]?.now ?? new Date(0);
}
const probe = (time: Date) => lab.requestAsUser({ url: `${ROUTES.hosts}?as_of=${time.toISOString()}` });
const countIn = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'data' in body && Array.isArray(body.data) && body.data.length;

/** The first response other than "try again", which a busy machine may return several times. */
async function answerOf(time: Date): Promise<unknown> {
  for (;;) {
    const { status, body } = await probe(time);
    if (status === 200) return body;
    expect(body).toMatchObject({ error: 'time_uncommitted' });
  }
}

/** Runs `work` while a batch is held just before its commit; then the batch is released, and stored. */
async function whileStoring(address: string, work: () => Promise<void>): Promise<void> {
  let storing: Promise<string> | undefined;
  await lab.db.store.transaction(async (executor) => {
    await sql`SELECT pg_advisory_xact_lock(${HELD})`.execute(executor);
    storing = see(address);
    await expect.poll(waiting, LONG_TIMEOUT).toBe(1);
    await work();
  });
  await storing;
}

describe('a time at which a batch was being stored', LONG_TIMEOUT, () => {
  it('is answered when that is committed, and always alike from then on', async () => {
    let answering: ReturnType<typeof answerOf> | undefined;
    let time = new Date(0);
    let isAnswered = false;
    await whileStoring('127.0.92.1', async () => {
      time = await databaseNow();
      answering = answerOf(time).finally(() => {
        isAnswered = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(isAnswered).toBe(false);
    });
    const first = await answering;
    expect(countIn(first)).toBe(1);
    expect(await answerOf(time)).toEqual(first);
  });

  it('is refused after two seconds, with the time from which on it is uncommitted', async () => {
    const before = await databaseNow();
    // Nothing that follows begins in the same millisecond.
    await new Promise((resolve) => setTimeout(resolve, 5));
    await whileStoring('127.0.92.2', async () => {
      const refused = await probe(await databaseNow());
      expect(refused).toMatchObject({
        status: 503,
        headers: { 'retry-after': expect.any(String) },
        body: { error: 'time_uncommitted', hint: expect.stringContaining('Ask again') },
      });
      // What was before it is committed.
      expect(countIn(await answerOf(before))).toBe(1);
    });
    expect(countIn(await answerOf(before))).toBe(1);
  });

  it('waits for a transaction that has begun and done nothing yet, and for no reader', async () => {
    const ended = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const reading = inSnapshot(lab.db.store.read, async (snapshot) => {
      await sql`SELECT count(*) FROM hosts`.execute(snapshot);
      begun.resolve();
      await ended.promise;
    });
    await begun.promise;
    expect(countIn(await answerOf(await databaseNow()))).toBe(2);
    ended.resolve();
    await reading;
    const idle = await lab.db.store.read.startTransaction().execute();
    try {
      // Its start has arrived, and nothing else.
      expect((await probe(await databaseNow())).status).toBe(503);
    } finally {
      await idle.rollback().execute();
    }
  });
});
