import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { escapeIdentifier, type PoolClient } from 'pg';
import { type CopyToStreamQuery, from as copyFrom, to as copyTo } from 'pg-copy-streams';
import {
  type BackupTable,
  damagedBackup,
  FRAME_KINDS,
  type FrameWriter,
  type TableSource,
  TableTally,
} from '#store/backup/backup-format.js';
import type { ReadTable } from '#store/backup/backup-reader.js';

/** Packed rows of a table that become one frame. */
const PACKED_CHUNK_BYTES = 64 * 1024;

/** How far the copying of all tables is, for who watches it. */
export interface CopyProgress {
  readonly table: string;
  /** Tables that are copied, of how many. */
  readonly copied: number;
  readonly tables: number;
  /** Of the table that is being copied. */
  readonly rows: number;
}
export type ReportProgress = (progress: CopyProgress) => void;

/**
 * Every table of ours, each after those it refers to, so that a restore never meets a row before the one it names.
 * Partitions are read through their parent alone, so that a restore may cut them otherwise; what an extension made is
 * none of ours.
 */
export async function listTables(client: PoolClient): Promise<readonly TableSource[]> {
  const { rows: tables } = await client.query<TableSource>(`
    SELECT relname::text AS name, array_agg(attname::text ORDER BY attnum) AS columns
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    GROUP BY relname ORDER BY relname`);
  const { rows: references } = await client.query<Reference>(`
    SELECT DISTINCT child.relname::text AS from, parent.relname::text AS to
    FROM pg_constraint JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
    WHERE contype = 'f' AND conrelid <> confrelid AND child.relnamespace = 'public'::regnamespace
      AND NOT child.relispartition`);
  return inReferenceOrder(tables, references);
}

interface Reference {
  readonly from: string;
  readonly to: string;
}

/** A circle is left as it stands: it can be written all the same, and a test keeps the schema free of them. */
function inReferenceOrder(
  tables: readonly TableSource[],
  references: readonly Reference[],
): readonly TableSource[] {
  const ordered: TableSource[] = [];
  let waiting = tables;
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name));
    const free = waiting.filter(
      ({ name }) => !references.some(({ from, to }) => from === name && names.has(to)),
    );
    const next = free.length === 0 ? waiting : free;
    ordered.push(...next);
    waiting = waiting.filter((table) => !next.includes(table));
  }
  return ordered;
}

/** A name of a table as a statement has it. */
export function tableName(name: string): string {
  return `public.${escapeIdentifier(name)}`;
}

export function tableNames(tables: readonly { readonly name: string }[]): string {
  return tables.map(({ name }) => tableName(name)).join(', ');
}

function columnNames({ columns }: TableSource): string {
  return columns.map((column) => escapeIdentifier(column)).join(', ');
}

export interface CopiedTable {
  readonly table: BackupTable;
  readonly stream: CopyToStreamQuery;
}

/** Copies the rows of one table into frames; `tell` hears of the rows so far. */
export async function copyOut(
  client: PoolClient,
  source: TableSource,
  { frames, report }: { readonly frames: FrameWriter; readonly report: (rows: number) => void },
): Promise<CopiedTable> {
  const { name, columns } = source;
  await frames.json(FRAME_KINDS.table, { name, columns });
  const tally = new TableTally();
  // A query, since COPY of a partitioned table itself is refused before PostgreSQL 19.
  const query = `COPY (SELECT ${columnNames(source)} FROM ${tableName(name)}) TO STDOUT`;
  const stream = client.query(copyTo(query));
  await pipeline(
    stream,
    async function* measure(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        tally.add(chunk);
        report(tally.rows);
        yield chunk;
      }
    },
    // Somebody waits for the program to start, or for the disk: speed before size.
    createGzip({ level: constants.Z_BEST_SPEED, chunkSize: PACKED_CHUNK_BYTES }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await frames.data(chunk);
    },
  );
  const sum = tally.sum();
  await frames.json(FRAME_KINDS.tableEnd, sum);
  return { table: { name, ...sum }, stream };
}

/** What the server says it sent has to have arrived; it says so after the data, which the later COMMIT awaited. */
export function checkedTable({ table, stream }: CopiedTable): BackupTable {
  if (stream.rowCount !== table.rows)
    throw new Error(`of ${stream.rowCount} rows of ${table.name}, ${table.rows} arrived`);
  return table;
}

/** Copies the rows of one table in; gives how many the database then counts. */
export async function copyIn(
  client: PoolClient,
  table: ReadTable,
  report: (rows: number) => void,
): Promise<number> {
  const name = tableName(table.name);
  const stream = client.query(copyFrom(`COPY ${name} (${columnNames(table)}) FROM STDIN`));
  const tally = new TableTally();
  await pipeline(
    table.rows,
    async function* measure(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        tally.add(chunk);
        report(tally.rows);
        yield chunk;
      }
    },
    stream,
  );
  const { rows } = await client.query<{ count: number }>(`SELECT count(*) AS count FROM ${name}`);
  const stored = rows[0]?.count ?? 0;
  if (stored !== tally.rows) throw damagedBackup(`of ${tally.rows} rows of ${table.name}, ${stored} arrived`);
  return stored;
}
