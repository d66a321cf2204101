import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { escapeIdentifier, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { BACKUP_FORMAT_VERSION, type BackupManifest } from '#store/backup.js';
import type { Database } from '#store/database.js';
import type { BackupTable } from '#store/table-copy.js';

/**
 * Loads a backup into a freshly migrated, empty database of the same schema version, in one transaction:
 * the rows that migrations seed make way, tables come in the order of their foreign keys (which thereby
 * prove the backup consistent), identities go on after the highest id. Files are held against the
 * manifest first, and a damaged one fails before anything is written.
 */
export async function loadBackup(database: Database, directory: string): Promise<void> {
  const manifest = await readManifest(directory);
  if (manifest.format_version !== BACKUP_FORMAT_VERSION) {
    throw new Error(`a backup of format ${String(manifest.format_version)} is not known here`);
  }
  for (const table of manifest.tables) await checkFile(directory, table);
  const client = await database.pool.connect();
  let done = false;
  try {
    await client.query('BEGIN');
    await refuseOtherSchema(client, manifest);
    await client.query(`TRUNCATE ${manifest.tables.map(({ name }) => tableName(name)).join(', ')}`);
    for (const table of await inReferenceOrder(client, manifest.tables))
      await copyIn(client, directory, table);
    await continueIdentities(client);
    await client.query('COMMIT');
    done = true;
  } finally {
    client.release(!done);
  }
}

export async function readManifest(directory: string): Promise<BackupManifest> {
  const manifest: BackupManifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
  return manifest;
}

async function checkFile(directory: string, table: BackupTable): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    createReadStream(join(directory, table.file)),
    createGunzip(),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
      }
    },
  );
  if (hash.digest('hex') !== table.sha256 || bytes !== table.bytes) {
    throw new Error(`${table.file} is damaged: its contents are not those the manifest describes`);
  }
}

async function refuseOtherSchema(client: PoolClient, manifest: BackupManifest): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    'SELECT max(version) AS version FROM schema_migrations',
  );
  if (rows[0]?.version !== manifest.schema_version) {
    throw new Error(`the backup has schema ${manifest.schema_version}, the database ${rows[0]?.version}`);
  }
}

/** Each table after those it refers to. */
async function inReferenceOrder(
  client: PoolClient,
  tables: readonly BackupTable[],
): Promise<readonly BackupTable[]> {
  const { rows: references } = await client.query<{ from: string; to: string }>(`
    SELECT DISTINCT child.relname::text AS from, parent.relname::text AS to
    FROM pg_constraint JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
    WHERE contype = 'f' AND conrelid <> confrelid AND NOT child.relispartition`);
  const ordered: BackupTable[] = [];
  let waiting = tables;
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name));
    const isFree = ({ name }: BackupTable) =>
      !references.some(({ from, to }) => from === name && names.has(to));
    const free = waiting.filter(isFree);
    if (free.length === 0) throw new Error(`${[...names].join(', ')} refer to each other in a circle`);
    ordered.push(...free);
    waiting = waiting.filter((table) => !free.includes(table));
  }
  return ordered;
}

async function copyIn(client: PoolClient, directory: string, table: BackupTable): Promise<void> {
  const columns = table.columns.map((column) => escapeIdentifier(column)).join(', ');
  const stream = client.query(copyFrom(`COPY ${tableName(table.name)} (${columns}) FROM STDIN`));
  await pipeline(createReadStream(join(directory, table.file)), createGunzip(), stream);
  if (stream.rowCount !== table.rows) {
    throw new Error(`${table.name} got ${stream.rowCount} rows of the ${table.rows} in the manifest`);
  }
}

async function continueIdentities(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(`
    SELECT relname::text AS table, attname::text AS column
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attidentity <> ''`);
  for (const { table, column } of rows) {
    const identifier = escapeIdentifier(column);
    await client.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), coalesce(max(${identifier}), 0) + 1, false) FROM ${tableName(table)}`,
      [tableName(table), column],
    );
  }
}

function tableName(name: string): string {
  return `public.${escapeIdentifier(name)}`;
}
