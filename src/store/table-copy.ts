import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { escapeIdentifier, type PoolClient } from 'pg';
import { type CopyToStreamQuery, to as copyTo } from 'pg-copy-streams';

const LINE_FEED = 0x0a;

/** One table: `file` lies beside the manifest and is COPY's text format, compressed by gzip. */
export interface BackupTable {
  readonly name: string;
  readonly file: string;
  /** The columns of a line, in order; generated ones are left out. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Length and SHA-256 (hexadecimal) of what the file holds uncompressed. */
  readonly bytes: number;
  readonly sha256: string;
}

export interface TableSource {
  readonly name: string;
  readonly columns: readonly string[];
}

/** Partitions are read through their parent alone, so that a restore may cut them otherwise. */
export async function listTables(client: PoolClient): Promise<readonly TableSource[]> {
  const { rows } = await client.query<TableSource>(`
    SELECT relname::text AS name, array_agg(attname::text ORDER BY attnum) AS columns
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    GROUP BY relname ORDER BY relname`);
  return rows;
}

/** Without it retention could drop a partition that the snapshot still shows. */
export async function holdTables(client: PoolClient, tables: readonly TableSource[]): Promise<void> {
  await client.query(
    `LOCK TABLE ${tables.map(({ name }) => tableName(name)).join(', ')} IN ACCESS SHARE MODE`,
  );
}

function tableName(name: string): string {
  return `public.${escapeIdentifier(name)}`;
}

export interface TableCopy {
  readonly table: BackupTable;
  readonly stream: CopyToStreamQuery;
}

export async function copyTable(
  client: PoolClient,
  { name, columns }: TableSource,
  workshop: string,
): Promise<TableCopy> {
  const file = `${encodeURIComponent(name)}.copy.gz`;
  const hash = createHash('sha256');
  let bytes = 0;
  let rows = 0;
  const columnList = columns.map((column) => escapeIdentifier(column)).join(', ');
  // A query, since COPY of a partitioned table itself is refused before PostgreSQL 19.
  const stream = client.query(copyTo(`COPY (SELECT ${columnList} FROM ${tableName(name)}) TO STDOUT`));
  await pipeline(
    stream,
    async function* measure(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        rows += countLines(chunk);
        yield chunk;
      }
    },
    // Somebody waits for the program to start: speed before size.
    createGzip({ level: constants.Z_BEST_SPEED }),
    createWriteStream(join(workshop, file), { flags: 'wx', mode: 0o600, flush: true }),
  );
  return { table: { name, file, columns, rows, bytes, sha256: hash.digest('hex') }, stream };
}

/** A row is a line: COPY writes a line feed inside a value as two characters. */
function countLines(chunk: Buffer): number {
  let lines = 0;
  for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}

/** What the server says it sent has to have arrived; it says so after the data, which the later COMMIT awaited. */
export function checkedTable({ table, stream }: TableCopy): BackupTable {
  if (stream.rowCount !== table.rows) {
    throw new Error(`of ${stream.rowCount} rows of ${table.name}, ${table.rows} arrived`);
  }
  return table;
}
