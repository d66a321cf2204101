import type { PoolClient } from 'pg';
import { ScanoramaError } from '#domain/errors/error.js';
import {
  BACKUP_FORMAT_VERSION,
  type BackupHeader,
  type BackupManifest,
  FrameWriter,
  type WriteBytes,
} from '#store/backup/backup-format.js';
import {
  type CopiedTable,
  checkedTable,
  copyOut,
  listTables,
  type ReportProgress,
  tableNames,
} from '#store/backup/table-copy.js';
import { type CopySession, prepareToCopy, withCopySession } from '#store/database/copy-session.js';
import type { Database, Executor } from '#store/database/database.js';
import { findServerVersion } from '#store/database/server-facts.js';
import { appliedMigrations } from '#store/migrations/applied-migrations.js';

/** The longest that copying one table, or a pause between two, may take. */
export const BACKUP_TABLE_TIMEOUT_MS = 3_600_000;
/** The longest that a backup may hold its snapshot, and with it vacuum. */
export const BACKUP_DEADLINE_MS = 6 * 3_600_000;
/** What opens a browser session is for the installation it was made in, and for a short time. */
const LEFT_OUT: readonly string[] = ['sessions', 'sign_in_tokens'];

export interface BackupOptions {
  /** The version of this program. */
  readonly productVersion: string;
  /** Where it goes, for what is said of a failure. */
  readonly path?: string | undefined;
  readonly progress?: ReportProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes every table of ours, as it stands at one instant, while others go on. Left out are the queue, since what it
 * carries is found again from the tables, and what opens a session. Memory does not grow with the data. What was written
 * is whole when this settles, and only then. Throws `backup_failed`, `interrupted`, `not_found` for a database without
 * anything of ours, `database_foreign`, or `database_unavailable` when there is no connection to begin with.
 */
export async function writeBackup(
  database: Database,
  write: WriteBytes,
  options: BackupOptions,
): Promise<BackupManifest> {
  const deadline = AbortSignal.timeout(BACKUP_DEADLINE_MS);
  const { signal } = options;
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const limits = { statementTimeoutMs: BACKUP_TABLE_TIMEOUT_MS, signal: either };
  try {
    return await withCopySession(database, limits, (session) => copyAll(session, write, options));
  } catch (error) {
    if (signal?.aborted === true) {
      throw new ScanoramaError('interrupted', 'The backup was interrupted before it was done.', {
        cause: error,
      });
    }
    throw backupFailed(deadline.aborted ? TOO_LONG : error, options.path);
  }
}

const TOO_LONG = new Error(`it took longer than ${BACKUP_DEADLINE_MS / 3_600_000} hours`);

async function copyAll(
  { client, executor }: CopySession,
  write: WriteBytes,
  { productVersion, progress }: BackupOptions,
): Promise<BackupManifest> {
  await beginLocked(client);
  await prepareToCopy(client, BACKUP_TABLE_TIMEOUT_MS);
  const header = await readHeader(client, executor, productVersion);
  const sources = await listSources(client);
  const frames = new FrameWriter(write);
  await frames.begin(header);
  const copies: CopiedTable[] = [];
  for (const source of sources) {
    const place = { table: source.name, copied: copies.length, tables: sources.length };
    copies.push(await copyOut(client, source, { frames, report: (rows) => progress?.({ ...place, rows }) }));
  }
  await client.query('COMMIT');
  const tables = copies.map(checkedTable);
  await frames.end();
  return { ...header, format_version: BACKUP_FORMAT_VERSION, tables };
}

const listSources = async (client: PoolClient) =>
  (await listTables(client)).filter(({ name }) => !LEFT_OUT.includes(name));

/**
 * Opens the transaction and locks what is to be copied before anything takes the snapshot. Otherwise retention could drop
 * a partition in between: its rows would be gone, and the snapshot would not show that they were removed.
 */
async function beginLocked(client: PoolClient): Promise<void> {
  const sources = await listSources(client);
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  // Takes no snapshot either.
  await client.query(`SET LOCAL statement_timeout = ${BACKUP_TABLE_TIMEOUT_MS}`);
  if (sources.length > 0) await client.query(`LOCK TABLE ${tableNames(sources)} IN ACCESS SHARE MODE`);
}

async function readHeader(
  client: PoolClient,
  executor: Executor,
  productVersion: string,
): Promise<BackupHeader> {
  const applied = await appliedMigrations(executor);
  const newest = applied.at(-1);
  if (newest === undefined) {
    throw new ScanoramaError('not_found', 'There is nothing of Scanorama in the database yet.', {
      hint: 'Check --data-dir, --database-url and DATABASE_URL.',
    });
  }
  const { rows } = await client.query<{ now: Date }>('SELECT now() AS now');
  return {
    product_version: productVersion,
    created_at: (rows[0]?.now ?? newest.appliedAt).toISOString(),
    schema_version: newest.version,
    migrations: applied.map(({ version, name, checksum }) => ({ version, name, checksum })),
    server_version: (await findServerVersion(executor)) ?? 'unknown',
    left_out: [...LEFT_OUT],
  };
}

/** What is no failure of ours becomes `backup_failed`. */
export function backupFailed(error: unknown, path: string | undefined): ScanoramaError {
  if (error instanceof ScanoramaError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const what = path === undefined ? 'The backup' : `The backup ${path}`;
  return new ScanoramaError('backup_failed', `${what} could not be written: ${reason}.`, {
    ...(path === undefined ? {} : { at: path }),
    hint: 'Nothing was changed. See that PostgreSQL runs and that there is room where the backup goes, and try again.',
    cause: error,
  });
}
