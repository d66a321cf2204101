import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { PoolClient } from 'pg';
import { openEmbedded } from '#postgres/use/embedded.js';
import { type Database, type DatabaseAddress, openDatabase } from '#store/database/database.js';
import { createStore } from '#store/database/store.js';
import { migrate, readMigrations } from '#store/migrations/migrate.js';
import type { WorkContext } from '#work/context/context.js';
import { createWorkContext } from '../../test/support/programs/work-context.ts';
import { ROOT } from '../service/program.ts';
import { withDataDir } from '../service/service.ts';

const TEMPLATE = 'bench_template';
const START_LIMIT_MS = 120_000;

/** A migrated database, and what the use cases need to store in it. */
export interface BenchDatabase {
  readonly address: DatabaseAddress;
  readonly database: Database;
  readonly context: WorkContext;
  /** Ends a scan in it, between two batches. */
  readonly signal: AbortSignal;
  /** Removes it. */
  drop(): Promise<void>;
}

export interface BenchServer {
  /** A new, empty one. */
  create(): Promise<BenchDatabase>;
}

/** The embedded PostgreSQL with the product's settings, for as long as `use` runs. */
export async function withServer<T>(
  signal: AbortSignal,
  use: (server: BenchServer) => Promise<T>,
): Promise<T> {
  return await withDataDir(async (dataDir) => {
    const postgres = await openEmbedded({
      dataDir,
      log: () => undefined,
      signal,
      startTimeoutMs: START_LIMIT_MS,
    });
    const admin = openDatabase(postgres.connection, () => undefined);
    try {
      await admin.pool.query(`CREATE DATABASE ${TEMPLATE}`);
      const template = openDatabase({ ...postgres.connection, database: TEMPLATE }, () => undefined);
      await migrate(template, await readMigrations(join(ROOT, 'migrations')));
      await template.close();
      return await use({ create: () => create(postgres.connection, admin, signal) });
    } finally {
      await admin.close();
      await postgres.close();
    }
  });
}

async function create(server: DatabaseAddress, admin: Database, signal: AbortSignal): Promise<BenchDatabase> {
  const name = `bench_${randomBytes(4).toString('hex')}`;
  await admin.pool.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  const address = { ...server, database: name };
  const database = openDatabase(address, () => undefined);
  return {
    address,
    database,
    context: createWorkContext(createStore(database)),
    signal,
    async drop() {
      await database.close();
      await admin.pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** A connection without the limits that the program's own sessions have. */
export async function withClient<T>(
  { database }: Pick<BenchDatabase, 'database'>,
  use: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await database.pool.connect();
  try {
    await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0');
    return await use(client);
  } finally {
    // Not returned to the pool: its limits are removed.
    client.release(true);
  }
}

/** So that a run does not pay for the pending writes of the one before it. */
export async function complete({ database }: Pick<BenchDatabase, 'database'>): Promise<void> {
  await withClient({ database }, (client) => client.query('CHECKPOINT'));
}

/** A database that the first scan of a round leaves to the second one. */
export class StandingDatabase {
  readonly #server: BenchServer;
  #standing: BenchDatabase | undefined;

  constructor(server: BenchServer) {
    this.#server = server;
  }

  async first<T>(scan: (database: BenchDatabase) => Promise<T>): Promise<T> {
    this.#standing = await this.#server.create();
    return await scan(this.#standing);
  }

  async second<T>(scan: (database: BenchDatabase) => Promise<T>): Promise<T> {
    const database = this.#standing;
    if (database === undefined) throw new Error('there was no first scan');
    try {
      // As autovacuum does after a number of rows; here it must not happen during a run.
      await withClient(database, (client) => client.query('VACUUM ANALYZE'));
      return await scan(database);
    } finally {
      await this.drop();
    }
  }

  async drop(): Promise<void> {
    const database = this.#standing;
    this.#standing = undefined;
    await database?.drop();
  }
}

export async function countRows(client: PoolClient, table: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`SELECT count(*) AS count FROM ${table}`);
  return rows[0]?.count ?? 0;
}
