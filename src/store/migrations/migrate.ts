import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Database, Executor } from '#store/database/database.js';
import { storageError } from '#store/database/failure.js';
import { withSessionLimits } from '#store/database/session-limits.js';
import { inTransaction } from '#store/database/store.js';
import { type AppliedMigration, appliedMigrations } from '#store/migrations/applied-migrations.js';
import { backUpBeforeUpgrade, type UpgradeBackupOptions } from '#store/migrations/upgrade-backup.js';
import { makePartitions } from '#store/ports/partitions.js';

/** Names the advisory lock that lets one program migrate while others wait ("migr" in ASCII). */
const MIGRATION_LOCK = 0x6d696772;
/** PostgreSQL 15: the oldest with UNIQUE NULLS NOT DISTINCT; server_version_num of its first release. */
const OLDEST_SERVER_VERSION_NUM = 150_000;
/** A migration may rewrite a large table; it still may not hang for ever. */
const MIGRATION_TIMEOUT_MS = 3_600_000;
/** How long a program waits while another backs up and migrates. */
const MIGRATION_LOCK_WAIT_MS = 4 * 3_600_000;

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly checksum: string;
}

const FILE_PATTERN = /^(\d{4})_([a-z0-9_]+)\.sql$/;

/** Reads the numbered files of a directory; they must count up from 1 without a gap. */
export async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => FILE_PATTERN.test(name)).sort();
  return Promise.all(
    names.map(async (fileName, index) => {
      const statements = await readFile(join(directory, fileName), 'utf8');
      const [, digits = '', name = ''] = FILE_PATTERN.exec(fileName) ?? [];
      const version = Number(digits);
      if (version !== index + 1) throw new Error(`migration ${fileName} should have number ${index + 1}`);
      return { version, name, statements, checksum: createHash('sha256').update(statements).digest('hex') };
    }),
  );
}

/**
 * Brings the schema up to date: each missing migration in a transaction of its own, all under one
 * advisory lock, so that programs starting together are safe. A database that holds data is backed up
 * first, and without that backup nothing is applied (`backup_failed`, `interrupted`). Refuses a schema
 * newer than this program (`database_too_new`), a changed migration (`migration_changed`), a PostgreSQL
 * before 15 (`database_too_old`) and another program's database (`database_foreign`). Gives how many were
 * applied.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  options: UpgradeBackupOptions = {},
): Promise<number> {
  await refuseOldServer(database.executor);
  return underMigrationLock(database.executor, async (connection) => {
    const standing = await appliedMigrations(connection);
    refuseForeignSchema(standing, migrations);
    const pending = migrations.slice(standing.length);
    if (standing.length > 0 && pending.length > 0) {
      await backUpBeforeUpgrade(database, { from: standing.length, to: migrations.length }, options);
    }
    for (const migration of pending) await applyMigration(connection, migration);
    await makePartitions(connection);
    return pending.length;
  });
}

/**
 * Lends the one connection that holds the migration lock, from the look at what is applied to the last
 * migration, so that nobody backs up or migrates in between. A connection that is lost takes the lock
 * with it, and nothing can be applied any more by the one that lost it.
 */
async function underMigrationLock<Result>(
  executor: Executor,
  work: (connection: Executor) => Promise<Result>,
): Promise<Result> {
  const lend = (): Promise<Result> =>
    executor.connection().execute(async (connection) => {
      await takeMigrationLock(connection);
      try {
        return await work(connection);
      } finally {
        // It fails only where the connection is gone, and the lock with it.
        await sql`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`.execute(connection).catch(() => undefined);
      }
    });
  return withSessionLimits({ statementTimeoutMs: MIGRATION_LOCK_WAIT_MS }, lend);
}

/** Keeps others from migrating until the open transaction ends; fails where another does so already. */
export async function holdMigrationLock(transaction: Executor): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(transaction);
}

/** The lock outlasts the transaction; the limits of waiting for it do not. */
async function takeMigrationLock(connection: Executor): Promise<void> {
  try {
    await connection.transaction().execute(async (transaction) => {
      await allowUntil(transaction, MIGRATION_LOCK_WAIT_MS);
      await sql`SELECT pg_advisory_lock(${MIGRATION_LOCK})`.execute(transaction);
    });
  } catch (error) {
    throw storageError(error);
  }
}

/** The limits as they are; gives what puts them back, for whoever goes on in the same transaction. */
async function keepLimits(transaction: Executor): Promise<() => Promise<void>> {
  const { rows } = await sql<{ statement: string; lock: string }>`
    SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock`.execute(
    transaction,
  );
  const { statement = '0', lock = '0' } = rows[0] ?? {};
  return async () => {
    await sql`SELECT set_config('statement_timeout', ${statement}, true), set_config('lock_timeout', ${lock}, true)`.execute(
      transaction,
    );
  };
}

async function allowUntil(transaction: Executor, timeoutMs: number): Promise<void> {
  await sql`SELECT set_config('statement_timeout', ${String(timeoutMs)}, true),
    set_config('lock_timeout', ${String(timeoutMs)}, true)`.execute(transaction);
}

/** All of one migration or nothing; in an open transaction, as a part of it. */
export async function applyMigration(connection: Executor, migration: Migration): Promise<void> {
  try {
    await inTransaction(connection, async (transaction) => {
      const putBack = await keepLimits(transaction);
      await allowUntil(transaction, MIGRATION_TIMEOUT_MS);
      await sql`CREATE TABLE IF NOT EXISTS schema_migrations (
        version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now())`.execute(transaction);
      await sql.raw(migration.statements).execute(transaction);
      await sql`INSERT INTO schema_migrations (version, name, checksum)
        VALUES (${migration.version}, ${migration.name}, ${migration.checksum})`.execute(transaction);
      await putBack();
    });
  } catch (error) {
    const failure = storageError(error);
    if (failure.code !== 'storage_failed') throw failure;
    throw new ScanoramaError(
      'migration_failed',
      `Migration ${migration.version} (${migration.name}) failed: ${failure.message}`,
      {
        hint: 'Nothing of it was kept; the schema is as it was before.',
        cause: failure.cause,
      },
    );
  }
}

/** `database_too_new` or `migration_changed` for a schema that these migrations did not make. */
export function refuseForeignSchema(
  standing: readonly AppliedMigration[],
  known: readonly Migration[],
): void {
  const newest = standing.at(-1)?.version ?? 0;
  if (newest > known.length) {
    throw new ScanoramaError(
      'database_too_new',
      `The database has schema version ${newest}, and this Scanorama knows versions up to ${known.length}.`,
      { hint: 'Start the Scanorama that upgraded it, or a newer one.' },
    );
  }
  const changed = standing.find((row) => known[row.version - 1]?.checksum !== row.checksum);
  if (changed !== undefined) {
    throw new ScanoramaError(
      'migration_changed',
      `Migration ${changed.version} (${changed.name}) is not the one this database was made with.`,
      { hint: 'Use an unchanged release of Scanorama: a migration is never edited once it was applied.' },
    );
  }
}

/** `database_too_old` for a PostgreSQL before 15. */
export async function refuseOldServer(executor: Executor): Promise<void> {
  const { rows } = await sql<{ number: number; version: string }>`
    SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version`.execute(
    executor,
  );
  const server = rows[0];
  if (server !== undefined && server.number < OLDEST_SERVER_VERSION_NUM) {
    throw new ScanoramaError(
      'database_too_old',
      `The database is PostgreSQL ${server.version}; Scanorama needs 15 or newer.`,
      {
        hint: 'Upgrade the server, or start without --database-url to use the embedded one.',
      },
    );
  }
}
