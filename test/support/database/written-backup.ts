import { gzipSync } from 'node:zlib';
import { type BackupHeader, FRAME_KINDS, FrameWriter, TableTally } from '#store/backup/backup-format.js';

export const HEADER: BackupHeader = {
  product_version: '1.2.3',
  created_at: '2026-11-23T10:00:00.000Z',
  schema_version: 1,
  migrations: [{ version: 1, name: 'first', checksum: 'a'.repeat(64) }],
  server_version: '18.4',
  left_out: ['sessions'],
};

export interface WrittenTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: string;
}

/** A backup as the product writes it, of given tables instead of those read from a database. */
export async function writtenBackup(
  tables: readonly WrittenTable[],
  header: BackupHeader = HEADER,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const frames = new FrameWriter(async (bytes) => void chunks.push(bytes));
  await frames.begin(header);
  for (const { name, columns, rows } of tables) {
    await frames.json(FRAME_KINDS.table, { name, columns });
    const tally = new TableTally();
    tally.add(Buffer.from(rows));
    await frames.data(gzipSync(rows));
    await frames.json(FRAME_KINDS.tableEnd, tally.sum());
  }
  await frames.end();
  return Buffer.concat(chunks);
}

/** The same bytes in pieces of this length. */
export async function* piecesOf(bytes: Uint8Array, length = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
