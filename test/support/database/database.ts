import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { type Database, type DatabaseAddress, openDatabase } from '#store/database/database.js';
import { withSessionLimits } from '#store/database/session-limits.js';
import { runStatementText } from '#store/database/statement-text.js';
import { createStore, type Store } from '#store/database/store.js';

export const TEMPLATE_DATABASE = 'scanorama_template';
/** The timeout of creating or removing a database: nearly that of a hook. Usual statements have 30 s. */
const DATABASE_TIMEOUT_MS = 170_000;

export interface TestDatabase {
  readonly address: DatabaseAddress;
  readonly database: Database;
  readonly store: Store;
  close(): Promise<void>;
}

/** A migrated database of its own for one test file, cloned from the template. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = inject('testServer');
  const name = `scanorama_test_${randomBytes(6).toString('hex')}`;
  await runOnServer(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_DATABASE}`);
  const address = { ...server, database: name };
  const database = openDatabase(address, () => undefined);
  return {
    address,
    database,
    store: createStore(database),
    async close() {
      await database.close();
      await runOnServer(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** An address on the test server with nothing in its database. */
export async function createEmptyDatabase(): Promise<DatabaseAddress> {
  const name = `scanorama_test_${randomBytes(6).toString('hex')}`;
  await runOnServer(`CREATE DATABASE ${name}`);
  return { ...inject('testServer'), database: name };
}

/** A database as a user names it with --database-url. */
export function urlOf({ database, host = '', user = '', password = '', port }: DatabaseAddress): string {
  const place = new URLSearchParams({ host, user, password, port: String(port ?? 5432) });
  return `postgres:///${database ?? ''}?${place.toString()}`;
}

async function runOnServer(statement: string): Promise<void> {
  const admin = openDatabase(inject('testServer'), () => undefined);
  try {
    await withSessionLimits({ statementTimeoutMs: DATABASE_TIMEOUT_MS }, () =>
      admin.executor.connection().execute(async (connection) => {
        await runStatementText(connection, `SET statement_timeout = ${DATABASE_TIMEOUT_MS}`);
        await runStatementText(connection, statement);
      }),
    );
  } finally {
    await admin.close();
  }
}
