import { escapeIdentifier, type PoolClient } from 'pg';
import { ScanoramaError } from '#domain/errors/error.js';
import { type BackupManifest, damagedBackup, type TableSource } from '#store/backup/backup-format.js';
import type { BackupReader } from '#store/backup/backup-reader.js';
import { freeCapacity, refuseForeignBackup } from '#store/backup/restore-target.js';
import { copyIn, listTables, type ReportProgress, tableName, tableNames } from '#store/backup/table-copy.js';
import { type CopySession, prepareToCopy, withCopySession } from '#store/database/copy-session.js';
import type { Database, Executor } from '#store/database/database.js';
import { isAway, storageError } from '#store/database/failure.js';
import { applyMigration, type Migration } from '#store/migrations/migrate.js';
import { makePartitions } from '#store/ports/partitions.js';

/** The longest that one step of a restore may take: loading one table, one migration, one look at what was loaded. */
export const RESTORE_STEP_TIMEOUT_MS = 4 * 3_600_000;

/** More scans and shards than can have begun between a backup and its restore. */
const RESTORED_ID_LEAP = 1_000_000;

export interface RestoreOptions<Completed> {
  /** All that this program knows. */
  readonly migrations: readonly Migration[];
  /** Called in the same transaction, when everything is loaded and the schema is the newest. */
  readonly complete: (executor: Executor) => Promise<Completed>;
  readonly progress?: ReportProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RestoredBackup<Completed> {
  readonly manifest: BackupManifest;
  /** What the database counted in each table right after it was loaded, in the order of the manifest. */
  readonly stored: readonly number[];
  readonly completed: Completed;
}

/**
 * Puts a backup into a database that holds nothing of ours but perhaps the schema, and brings it up to date: all of it
 * in one transaction, which is committed when the last byte of the backup was found to be right. Any failure, an abort
 * and a lost connection leave the database as it was. Throws `invalid_backup`, `backup_too_new`, `database_not_empty`,
 * `restore_failed`, `interrupted`, and what a database is refused with elsewhere.
 */
export async function restoreBackup<Completed>(
  database: Database,
  backup: BackupReader,
  options: RestoreOptions<Completed>,
): Promise<RestoredBackup<Completed>> {
  const { migrations, signal } = options;
  const limits = { statementTimeoutMs: RESTORE_STEP_TIMEOUT_MS, signal };
  try {
    refuseForeignBackup(backup.header, migrations);
    return await withCopySession(database, limits, async ({ client, executor }) => {
      const transaction = await executor.startTransaction().execute();
      const session = { client, executor: transaction };
      await prepareToCopy(client, RESTORE_STEP_TIMEOUT_MS);
      await freeCapacity(session, backup.header, migrations);
      const stored = await loadTables(session, backup, options);
      await continueIdentities(client);
      for (const migration of migrations.slice(backup.header.schema_version))
        await applyMigration(transaction, migration);
      await makePartitions(transaction);
      const completed = await options.complete(transaction);
      // Whoever looks next, verify among them, would otherwise plan for empty tables.
      await client.query(`ANALYZE ${tableNames(await listTables(client))}`);
      await transaction.commit().execute();
      return { manifest: backup.manifest(), stored, completed };
    });
  } catch (error) {
    throw signal?.aborted === true ? interruptedRestore(error) : restoreFailed(error);
  } finally {
    // Not awaited: a source that says nothing more, such as a terminal, would keep the failure from being told.
    void backup.close().catch(() => undefined);
  }
}

async function loadTables(
  { client }: CopySession,
  backup: BackupReader,
  { progress }: Pick<RestoreOptions<unknown>, 'progress'>,
): Promise<readonly number[]> {
  const { left_out } = backup.header;
  const wanted = (await listTables(client)).filter(({ name }) => !left_out.includes(name));
  const missing = new Map(wanted.map((source) => [source.name, source]));
  const stored: number[] = [];
  for await (const table of backup.tables()) {
    checkSource(table, missing.get(table.name));
    missing.delete(table.name);
    const place = { table: table.name, copied: stored.length, tables: wanted.length };
    stored.push(await copyIn(client, table, (rows) => progress?.({ ...place, rows })));
  }
  const [first] = missing.keys();
  if (first !== undefined) throw damagedBackup(`it lacks the table ${first}`);
  return stored;
}

/** Nothing is loaded but what the schema of the backup has, and nothing twice. */
function checkSource({ name, columns }: TableSource, known: TableSource | undefined): void {
  if (known?.columns.join() === columns.join()) return;
  throw damagedBackup(`its table ${name.slice(0, 100)} is not one of its schema`);
}

/** Ids go on so far beyond the highest one that was loaded that none is given out again which was given out since. */
async function continueIdentities(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(`
    SELECT relname::text AS table, attname::text AS column
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attidentity <> ''`);
  for (const { table, column } of rows) {
    const next = `coalesce(max(${escapeIdentifier(column)}), 0) + ${RESTORED_ID_LEAP}`;
    await client.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), ${next}, false) FROM ${tableName(table)}`,
      [tableName(table), column],
    );
  }
}

function interruptedRestore(cause: unknown): ScanoramaError {
  return new ScanoramaError('interrupted', 'The restore was interrupted; the database is as it was.', {
    cause,
  });
}

function restoreFailed(error: unknown): ScanoramaError {
  if (error instanceof ScanoramaError && error.code !== 'storage_failed') return error;
  if (isAway(error)) return storageError(error);
  const reason = error instanceof Error ? error.message.replace(/[.\s]+$/, '') : String(error);
  return new ScanoramaError('restore_failed', `The backup could not be restored: ${reason}.`, {
    hint: 'Nothing was changed. See that the disk of the database has room, and try again.',
    cause: error,
  });
}
