import { mkdir, open, rename, rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import type { PoolClient } from 'pg';
import { ScanoramaError } from '#domain/error.js';
import type { Database } from '#store/database.js';
import { storageError } from '#store/failure.js';
import {
  type BackupTable,
  checkedTable,
  copyTable,
  holdTables,
  listTables,
  type TableCopy,
} from '#store/table-copy.js';

/** The layout of a backup directory; one who reads it refuses a number it does not know. */
export const BACKUP_FORMAT_VERSION = 1;
/** The longest that copying one table, or a pause between two, may take. */
export const BACKUP_TABLE_TIMEOUT_MS = 3_600_000;

/** `manifest.json` of a backup. */
export interface BackupManifest {
  readonly format_version: typeof BACKUP_FORMAT_VERSION;
  /** The instant that all tables show, by the database's clock; ISO 8601. */
  readonly created_at: string;
  readonly schema_version: number;
  readonly server_version: string;
  readonly tables: readonly BackupTable[];
}

export interface BackupSummary {
  readonly path: string;
  readonly manifest: BackupManifest;
}

export interface BackupOptions {
  /** The name of the new directory. */
  readonly label: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies every table of ours, as it stands at one instant, into the new directory `<directory>/<label>`.
 * It is written under the name `<label>.partial` and renamed when all of it is on disk, so a directory
 * with the final name is whole. The queue is left out: what it carries is found again from the tables.
 * Memory does not grow with the data. An abort ends the copying and leaves nothing behind.
 * Throws `backup_failed`, `interrupted`, or `database_unavailable` when there is no connection to begin with.
 */
export async function writeBackup(
  database: Database,
  directory: string,
  { label, signal }: BackupOptions,
): Promise<BackupSummary> {
  const path = join(directory, label);
  try {
    signal?.throwIfAborted();
    await makeDirectory(directory);
    const manifest = await inWorkshop(path, signal, (workshop) =>
      withCopyConnection(database, signal, (client) => copyTables(client, workshop)),
    );
    return { path, manifest };
  } catch (error) {
    throw signal?.aborted === true ? interrupted(error) : backupFailed(path, error);
  }
}

async function makeDirectory(directory: string): Promise<void> {
  const made = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncDirectory(dirname(directory));
}

/** Lends the directory that becomes `path` when `fill` has put the tables there; otherwise it goes away again. */
async function inWorkshop(
  path: string,
  signal: AbortSignal | undefined,
  fill: (workshop: string) => Promise<BackupManifest>,
): Promise<BackupManifest> {
  const workshop = `${path}.partial`;
  await mkdir(workshop, { mode: 0o700 });
  try {
    const manifest = await fill(workshop);
    await writeManifest(workshop, manifest);
    signal?.throwIfAborted();
    await rename(workshop, path);
    await syncDirectory(dirname(path));
    return manifest;
  } catch (error) {
    await rm(workshop, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** Lends a connection outside Kysely, which has no COPY; an abort or a failure ends it, so no half-read COPY is reused. */
async function withCopyConnection<Result>(
  database: Database,
  signal: AbortSignal | undefined,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await database.pool.connect().catch((error: unknown) => {
    throw storageError(error);
  });
  const hangUp = () => void client.end().catch(() => undefined);
  signal?.addEventListener('abort', hangUp, { once: true });
  let done = false;
  try {
    signal?.throwIfAborted();
    const result = await work(client);
    done = true;
    return result;
  } finally {
    signal?.removeEventListener('abort', hangUp);
    client.release(!done);
  }
}

async function copyTables(client: PoolClient, workshop: string): Promise<BackupManifest> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  await prepareSession(client);
  const facts = await readFacts(client);
  const sources = await listTables(client);
  await holdTables(client, sources);
  const copies: TableCopy[] = [];
  for (const source of sources) copies.push(await copyTable(client, source, workshop));
  await client.query('COMMIT');
  return {
    format_version: BACKUP_FORMAT_VERSION,
    created_at: facts.createdAt.toISOString(),
    schema_version: facts.schemaVersion,
    server_version: facts.serverVersion,
    tables: copies.map(checkedTable),
  };
}

/** Limits of its own, and one way of writing values whatever the server's settings are. */
async function prepareSession(client: PoolClient): Promise<void> {
  await client.query(
    `SELECT set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true),
      set_config('client_encoding', 'UTF8', true), set_config('timezone', 'UTC', true),
      set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true),
      set_config('extra_float_digits', '3', true), set_config('bytea_output', 'hex', true)`,
    [String(BACKUP_TABLE_TIMEOUT_MS)],
  );
}

interface BackupFacts {
  readonly createdAt: Date;
  readonly schemaVersion: number;
  readonly serverVersion: string;
}

async function readFacts(client: PoolClient): Promise<BackupFacts> {
  const { rows } = await client.query<BackupFacts>(`
    SELECT now() AS "createdAt", current_setting('server_version') AS "serverVersion",
      coalesce(max(version), 0) AS "schemaVersion"
    FROM public.schema_migrations`);
  const facts = rows[0];
  if (facts === undefined) throw new Error('an aggregate returned no row');
  return facts;
}

async function writeManifest(workshop: string, manifest: BackupManifest): Promise<void> {
  const file = await open(join(workshop, 'manifest.json'), 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(workshop);
}

/** Makes the names in a directory last through a power cut; Windows has no such call and needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (platform() === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function interrupted(cause: unknown): ScanoramaError {
  return new ScanoramaError('interrupted', 'The backup was interrupted before it was done.', { cause });
}

function backupFailed(path: string, error: unknown): ScanoramaError {
  if (error instanceof ScanoramaError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ScanoramaError('backup_failed', `The backup ${path} could not be written: ${reason}.`, {
    at: path,
    hint: `Nothing was changed. See that PostgreSQL runs and that ${dirname(path)} can be written and has room, and try again.`,
    cause: error,
  });
}
