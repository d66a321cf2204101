import { setTimeout as sleep } from 'node:timers/promises';
import { type KyselyPlugin, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, type Executor, openDatabase } from '#store/database/database.js';
import { BATCH_DEADLINE_MS } from '#store/database/session-limits.js';
import { runStatementText } from '#store/database/statement-text.js';
import { awaitCommitted } from '#store/history/committed-time.js';
import { takeRemovalLock } from '#store/retention/removal-lock.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const PATIENTLY = { timeout: 30_000 };
/** What is not waited for is answered in the first looks, some 60 ms. */
const SEARCHED_FOR_MS = 300;
const ROLE = `settled_test_${Date.now().toString(36)}`;
let db: TestDatabase;
/** The same database with a role that is told nothing of what sessions of others do. */
let stranger: Database;

beforeAll(async () => {
  db = await openTestDatabase();
  await runStatementText(db.store.read, `CREATE ROLE ${ROLE} LOGIN PASSWORD 'x'`);
  stranger = openDatabase({ ...db.address, user: ROLE, password: 'x' }, () => undefined);
  const context = createWorkContext(db.store);
  await recordScan(context, { address: '127.0.93.1', state: 'open', at: new Date() });
});
afterAll(async () => {
  await stranger.close();
  await runStatementText(db.store.read, `DROP ROLE ${ROLE}`);
  await db.close();
});

type Act = (transaction: Executor) => Promise<unknown>;
interface Probing {
  readonly sender?: Executor;
  readonly longestBatchMs?: number;
  /** Of the transaction, when it is asked. */
  readonly ageMs?: number;
}
/** A transaction that is older than a batch may be. */
const OLD: Probing = { longestBatchMs: 50, ageMs: 150 };

/** Asks as of now, `asking` being what becomes of it, while a transaction is open that has done something. */
async function whileOpen(
  act: Act,
  { sender = db.store.read, longestBatchMs = BATCH_DEADLINE_MS, ageMs = 5 }: Probing,
  check: (probing: Promise<unknown>) => Promise<void>,
): Promise<void> {
  const transaction = await db.store.read.startTransaction().execute();
  try {
    await act(transaction);
    await sleep(ageMs);
    const { rows } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(db.store.read);
    const probing = awaitCommitted(sender, rows[0]?.now ?? new Date(0), longestBatchMs).then(
      () => 'answered',
      (error: unknown) => error,
    );
    await check(probing);
  } finally {
    await transaction.rollback().execute();
  }
}

const expectAnswer = (act: Act, probing: Probing = {}) =>
  whileOpen(act, probing, async (outcome) => expect(await outcome).toBe('answered'));
const expectWait = (act: Act, probing: Probing = {}) =>
  whileOpen(act, probing, async (outcome) =>
    expect(await Promise.race([outcome, sleep(SEARCHED_FOR_MS, 'waits')])).not.toBe('answered'),
  );

/** Asks as a machine does that stands still after each look. */
function lookingSlowly(restMs: () => number): Executor {
  const slow: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => sleep(restMs(), result),
  };
  return db.store.read.withPlugin(slow);
}

const lock = (table: string, mode: string) => (transaction: Executor) =>
  runStatementText(transaction, `LOCK TABLE ${table} IN ${mode} MODE`);
const writeHistory = (transaction: Executor) =>
  runStatementText(transaction, 'UPDATE host_history SET reason = reason WHERE false');

const remove = async (transaction: Executor): Promise<void> => {
  await takeRemovalLock(transaction);
  await runStatementText(transaction, 'DELETE FROM host_history WHERE false');
};

describe('a question as of an instant', PATIENTLY, () => {
  it('waits for whoever writes history, however old, and for other writers as long as a batch may take', async () => {
    await expectWait(writeHistory);
    await expectWait(writeHistory, OLD);
    await expectWait(lock('scan_shards', 'ROW SHARE'));
    await expectAnswer(lock('scan_shards', 'ROW SHARE'), OLD);
  });

  it('waits for writers whose beginning it is not told, being of another role, and for nobody else of them', async () => {
    const asStranger = { sender: stranger.executor };
    await expectWait(writeHistory, asStranger);
    await expectWait(lock('scan_shards', 'ROW SHARE'), asStranger);
    await expectAnswer((transaction) => runStatementText(transaction, 'SELECT FROM hosts'), asStranger);
    // What autovacuum holds.
    await expectAnswer(lock('host_history', 'SHARE UPDATE EXCLUSIVE'), asStranger);
  });

  it('names no instant to ask for instead while it is not told when all of them began', async () => {
    const own = await stranger.executor.startTransaction().execute();
    try {
      await whileOpen(writeHistory, { sender: stranger.executor }, async (outcome) => {
        expect(await outcome).toMatchObject({ code: 'time_uncommitted', hint: 'Ask again in a moment.' });
      });
    } finally {
      await own.rollback().execute();
    }
  });

  it('waits for a transaction that has read nothing but what PostgreSQL reads to understand a statement', async () => {
    await expectWait((transaction) => runStatementText(transaction, 'SELECT FROM pg_class'));
    await expectAnswer((transaction) => runStatementText(transaction, 'SELECT FROM pg_class, hosts'));
  });

  it('does not wait for who removes, whether it is its turn yet or not', async () => {
    await expectAnswer(remove);
    let queued: Promise<unknown> | undefined;
    await expectAnswer(async (transaction) => {
      await remove(transaction);
      queued = db.store.transaction(takeRemovalLock);
      const isQueued = async (): Promise<boolean> =>
        (
          await sql`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`.execute(
            db.store.read,
          )
        ).rows.length > 0;
      await expect.poll(isQueued, PATIENTLY).toBe(true);
    });
    await queued;
  });

  it('ends after two seconds also where each look takes long', async () => {
    const sender = lookingSlowly(() => 150);
    await whileOpen(writeHistory, { sender }, async (outcome) => {
      const begunMs = performance.now();
      expect(await outcome).toMatchObject({ code: 'time_uncommitted' });
      expect(performance.now() - begunMs).toBeLessThan(10_000);
    });
  });

  it('is answered where nothing is open after a look that took longer than that', async () => {
    let polls = 0;
    const sender = lookingSlowly(() => {
      polls += 1;
      return polls === 1 ? 2_100 : 0;
    });
    await expectAnswer(remove, { sender });
  });
});
