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

const LONG_TIMEOUT = { timeout: 30_000 };
/** Sessions that are not waited for are answered in the first polls, some 60 ms. */
const SEARCHED_FOR_MS = 300;
const ROLE = `committed_test_${Date.now().toString(36)}`;
let db: TestDatabase;
/** The same database with a role that may not see the sessions of others. */
let otherRole: Database;

beforeAll(async () => {
  db = await openTestDatabase();
  await runStatementText(db.store.read, `CREATE ROLE ${ROLE} LOGIN PASSWORD 'x'`);
  otherRole = openDatabase({ ...db.address, user: ROLE, password: 'x' }, () => undefined);
  const context = createWorkContext(db.store);
  await recordScan(context, { address: '127.0.93.1', state: 'open', at: new Date() });
});
afterAll(async () => {
  await otherRole.close();
  await runStatementText(db.store.read, `DROP ROLE ${ROLE}`);
  await db.close();
});

type Act = (transaction: Executor) => Promise<unknown>;
interface Probing {
  readonly sender?: Executor;
  readonly longestBatchMs?: number;
  /** The time of the transaction, as read at this point. */
  readonly ageMs?: number;
}
/** A transaction older than the limit of a batch. */
const OLD: Probing = { longestBatchMs: 50, ageMs: 150 };

/** Queries the present, `asking` being the result, while a transaction is open that has written something. */
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

/** Queries like a machine that freezes after each poll. */
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

describe('a query as of a past time', LONG_TIMEOUT, () => {
  it('waits for every session that writes history, however old, and for other writers as long as a batch may take', async () => {
    await expectWait(writeHistory);
    await expectWait(writeHistory, OLD);
    await expectWait(lock('scan_shards', 'ROW SHARE'));
    await expectAnswer(lock('scan_shards', 'ROW SHARE'), OLD);
  });

  it('waits for writers whose start time another role may not see, and for no others of them', async () => {
    const asOtherRole = { sender: otherRole.executor };
    await expectWait(writeHistory, asOtherRole);
    await expectWait(lock('scan_shards', 'ROW SHARE'), asOtherRole);
    await expectAnswer((transaction) => runStatementText(transaction, 'SELECT FROM hosts'), asOtherRole);
    // Locks held by autovacuum.
    await expectAnswer(lock('host_history', 'SHARE UPDATE EXCLUSIVE'), asOtherRole);
  });

  it('suggests no time to query instead while the start times of some are unknown', async () => {
    const own = await otherRole.executor.startTransaction().execute();
    try {
      await whileOpen(writeHistory, { sender: otherRole.executor }, async (outcome) => {
        expect(await outcome).toMatchObject({ code: 'time_uncommitted', hint: 'Ask again in a moment.' });
      });
    } finally {
      await own.rollback().execute();
    }
  });

  it('waits for a transaction that has read only the system catalogs that planning a statement needs', async () => {
    await expectWait((transaction) => runStatementText(transaction, 'SELECT FROM pg_class'));
    await expectAnswer((transaction) => runStatementText(transaction, 'SELECT FROM pg_class, hosts'));
  });

  it('does not wait for removals, whether they are waiting or running', async () => {
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
      await expect.poll(isQueued, LONG_TIMEOUT).toBe(true);
    });
    await queued;
  });

  it('ends after two seconds also where each poll takes long', async () => {
    const sender = lookingSlowly(() => 150);
    await whileOpen(writeHistory, { sender }, async (outcome) => {
      const begunMs = performance.now();
      expect(await outcome).toMatchObject({ code: 'time_uncommitted' });
      expect(performance.now() - begunMs).toBeLessThan(10_000);
    });
  });

  it('is answered where nothing is open after a poll that took longer than that', async () => {
    let polls = 0;
    const sender = lookingSlowly(() => {
      polls += 1;
      return polls === 1 ? 2_100 : 0;
    });
    await expectAnswer(remove, { sender });
  });
});
