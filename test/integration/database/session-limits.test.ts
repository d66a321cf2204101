import { sql } from 'kysely';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  IDLE_IN_TRANSACTION_TIMEOUT_MS,
  LOCK_TIMEOUT_MS,
  openDatabase,
  SESSION_SETTINGS,
} from '#store/database/database.js';
import { POOL_CONNECTIONS, POOL_WAIT_MS } from '#store/database/guarded-pool.js';
import { STATEMENT_TIMEOUT_MS } from '#store/database/session-limits.js';
import { createStore } from '#store/database/store.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

const TIMEOUTS = `SELECT name, setting::int AS ms FROM pg_settings WHERE name IN
  ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') ORDER BY name`;
const EXPECTED = [
  { name: 'idle_in_transaction_session_timeout', ms: IDLE_IN_TRANSACTION_TIMEOUT_MS },
  { name: 'lock_timeout', ms: LOCK_TIMEOUT_MS },
  { name: 'statement_timeout', ms: STATEMENT_TIMEOUT_MS },
];

test('every session of the pool and of the queue has its time limits', async () => {
  expect((await db.database.pool.query(TIMEOUTS)).rows).toEqual(EXPECTED);
  const boss = new PgBoss({
    ...Object.fromEntries(Object.entries(db.address)),
    ...SESSION_SETTINGS,
    schedule: false,
    supervise: false,
  });
  await boss.start();
  try {
    expect((await boss.getDb().executeSql(TIMEOUTS)).rows).toEqual(EXPECTED);
  } finally {
    await boss.stop({ graceful: false });
  }
});

test('no statement of the product is compiled before it is run', async () => {
  expect((await db.database.pool.query('SHOW jit')).rows).toEqual([{ jit: 'off' }]);
});

test('a longer limit of a transaction is set in PostgreSQL too, and for it alone', async () => {
  const store = createStore(db.database);
  const limitOf = (executor: typeof store.read) =>
    sql<{ ms: number }>`SELECT setting::int AS ms FROM pg_settings WHERE name = 'statement_timeout'`.execute(
      executor,
    );
  const { rows } = await store.transaction(limitOf, { statementTimeoutMs: 123_000 });
  expect(rows).toEqual([{ ms: 123_000 }]);
  expect((await store.transaction(limitOf)).rows).toEqual([{ ms: STATEMENT_TIMEOUT_MS }]);
});

test('a caller that waits for a connection in vain gets the error that all are in use', async () => {
  const database = openDatabase(db.address, () => undefined);
  const store = createStore(database);
  const clients = await Promise.all(Array.from({ length: POOL_CONNECTIONS }, () => database.pool.connect()));
  // Until it is canceled.
  const held = expect(sql`SELECT pg_sleep(29)`.execute(store.reserved)).rejects.toMatchObject({
    code: '57014',
  });
  try {
    const begunMs = performance.now();
    const reserved = expect(sql`SELECT 1`.execute(store.reserved)).rejects.toMatchObject({
      message: 'The reserved database connection of this program stayed in use for 5 s.',
    });
    await expect(store.transaction(() => Promise.resolve())).rejects.toMatchObject({
      code: 'database_unavailable',
      message: 'All 20 database connections of this program stayed in use for 10 s.',
    });
    expect(performance.now() - begunMs).toBeGreaterThan(POOL_WAIT_MS - 100);
    await reserved;
    await sql`SELECT pg_cancel_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query = 'SELECT pg_sleep(29)'`.execute(db.store.read);
    await held;
    expect(store.breaker.isOpen).toBe(false);
  } finally {
    for (const client of clients) client.release();
    await database.close();
  }
});

test('a transaction that holds its connection too long is ended, and stores nothing', async () => {
  const { store } = db;
  const slow = store.transaction(
    async (executor) => {
      await sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'slow')`.execute(executor);
      await sql`SELECT pg_sleep(20)`.execute(executor);
    },
    { kind: 'batch', deadlineMs: 300 },
  );
  await expect(slow).rejects.toMatchObject({ code: 'database_unavailable' });
  const { rows } = await sql`SELECT FROM sites WHERE name = 'slow'`.execute(store.read);
  expect(rows).toEqual([]);
});
