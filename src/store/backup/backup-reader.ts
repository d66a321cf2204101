import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { z } from 'zod';
import { ScanoramaError } from '#domain/errors/error.js';
import {
  BACKUP_FORMAT_VERSION,
  BACKUP_MAGIC,
  type BackupHeader,
  type BackupManifest,
  type BackupTable,
  backupHeaderSchema,
  damagedBackup,
  FRAME_HEAD_BYTES,
  FRAME_KINDS,
  MAX_FRAME_BYTES,
  type TableSource,
  TableTally,
  tableSourceSchema,
  tableSumSchema,
} from '#store/backup/backup-format.js';

/** Of the rows of a table, uncompressed, that are handed on at once. */
const ROWS_CHUNK_BYTES = 64 * 1024;
/** The first line, of whatever format version. */
const MAGIC_PATTERN = /^scanorama backup (\d)\n$/;

/** A table on its way in. Its rows have to be read to their end before the next table is asked for. */
export interface ReadTable extends TableSource {
  /** COPY's text format. Throws `invalid_backup` when they are not those that were written. */
  readonly rows: AsyncIterable<Buffer>;
}

interface Frame {
  readonly kind: string;
  readonly payload: Buffer;
}

/**
 * A backup that is read once, from its beginning to its end, in bounded memory. Whatever its bytes are, reading throws
 * nothing but `invalid_backup` and `backup_too_new`, and `file_unreadable` where the bytes themselves cannot be had.
 */
export class BackupReader {
  readonly header: BackupHeader;
  readonly #bytes: ByteReader;
  readonly #tables: BackupTable[] = [];

  /** Reads as far as the header. */
  static async open(source: AsyncIterable<Uint8Array>): Promise<BackupReader> {
    const bytes = new ByteReader(source);
    await readMagic(bytes);
    const { kind, payload } = await readFrame(bytes);
    if (kind !== FRAME_KINDS.header) throw damagedBackup('it has no header');
    return new BackupReader(parse(backupHeaderSchema, payload, 'its header'), bytes);
  }

  private constructor(header: BackupHeader, bytes: ByteReader) {
    this.header = header;
    this.#bytes = bytes;
  }

  /** Every table, in the order of their references. It ends when all of the file was found to be as it was written. */
  async *tables(): AsyncGenerator<ReadTable, void> {
    for (;;) {
      const { kind, payload } = await readFrame(this.#bytes);
      if (kind === FRAME_KINDS.end) return this.#close(payload);
      if (kind !== FRAME_KINDS.table) throw damagedBackup('its parts are out of order');
      const source = parse(tableSourceSchema, payload, 'the head of a table');
      const read = this.#tables.length;
      yield { ...source, rows: this.#rows(source.name) };
      if (this.#tables.length === read) throw new Error(`the rows of ${source.name} were not read`);
    }
  }

  /** Lets go of the source, wherever the reading is. */
  close(): Promise<void> {
    return this.#bytes.close();
  }

  /** What it said of itself; whole once `tables` has ended. */
  manifest(): BackupManifest {
    return { ...this.header, format_version: BACKUP_FORMAT_VERSION, tables: this.#tables };
  }

  async #close(digest: Buffer): Promise<void> {
    if (!digest.equals(this.#bytes.digest())) throw damagedBackup('its checksum is another');
    if (!(await this.#bytes.isAtEnd())) throw damagedBackup('something follows its end');
  }

  async *#rows(name: string): AsyncGenerator<Buffer, void> {
    const tally = new TableTally();
    const frames = new DataFrames(this.#bytes);
    const gunzip = createGunzip({ chunkSize: ROWS_CHUNK_BYTES });
    // Its failure is that of the rows below; the end of the rows is awaited there too.
    pipeline(frames.payloads(), gunzip).catch(() => undefined);
    try {
      for await (const chunk of gunzip) {
        tally.add(chunk);
        yield chunk;
      }
    } catch (error) {
      throw error instanceof ScanoramaError ? error : damagedBackup(`${name} cannot be unpacked`, error);
    }
    // Packed data that ends by itself leaves the frames behind it unread.
    if (frames.last === undefined) throw damagedBackup(`${name} holds more than its rows`);
    const given = parse(tableSumSchema, frames.last, `the end of ${name}`);
    const found = tally.sum();
    if (given.rows !== found.rows || given.bytes !== found.bytes || given.sha256 !== found.sha256)
      throw damagedBackup(`the rows of ${name} are not those that were written`);
    this.#tables.push({ name, ...found });
  }
}

/** The frames of one table up to the one that ends it, which is kept. */
class DataFrames {
  readonly #bytes: ByteReader;
  last: Buffer | undefined;

  constructor(bytes: ByteReader) {
    this.#bytes = bytes;
  }

  async *payloads(): AsyncGenerator<Buffer, void> {
    for (;;) {
      const { kind, payload } = await readFrame(this.#bytes);
      if (kind === FRAME_KINDS.tableEnd) {
        this.last = payload;
        return;
      }
      if (kind !== FRAME_KINDS.data) throw damagedBackup('a table does not end');
      yield payload;
    }
  }
}

async function readMagic(bytes: ByteReader): Promise<void> {
  const line = (await bytes.upTo(BACKUP_MAGIC.length)).toString('latin1');
  if (line === BACKUP_MAGIC) return;
  const version = MAGIC_PATTERN.exec(line)?.[1];
  if (version === undefined) {
    throw new ScanoramaError('invalid_backup', 'This is not a backup of Scanorama.', {
      hint: 'Name a file that `scanorama backup` wrote.',
    });
  }
  throw new ScanoramaError(
    'backup_too_new',
    `The backup has format ${version}, and this Scanorama knows format ${BACKUP_FORMAT_VERSION}.`,
    { hint: 'Restore it with the Scanorama that wrote it, or a newer one.' },
  );
}

async function readFrame(bytes: ByteReader): Promise<Frame> {
  const head = await bytes.exactly(FRAME_HEAD_BYTES);
  const kind = head.toString('latin1', 0, 1);
  const length = head.readUInt32BE(1);
  if (length > MAX_FRAME_BYTES) throw damagedBackup('a part of it is too long');
  // The last frame answers for everything before its payload, which is not among it.
  return { kind, payload: await bytes.exactly(length, kind !== FRAME_KINDS.end) };
}

function parse<Schema extends z.ZodType>(schema: Schema, payload: Buffer, what: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(payload.toString('utf8')));
  } catch (error) {
    throw damagedBackup(`${what} cannot be read`, error);
  }
}

/** Bytes by the count, from chunks as they come; keeps a digest of what was taken. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #hash = createHash('sha256');
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** `isSummed`: whether they belong to the digest. */
  async exactly(length: number, isSummed = true): Promise<Buffer> {
    const bytes = await this.upTo(length, isSummed);
    if (bytes.length < length) throw damagedBackup('it ends before it is whole');
    return bytes;
  }

  /** Fewer at the end of the source alone. */
  async upTo(length: number, isSummed = true): Promise<Buffer> {
    const chunks = [this.#rest];
    let held = this.#rest.length;
    while (held < length) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      chunks.push(chunk);
      held += chunk.length;
    }
    const all = chunks.length === 1 ? this.#rest : Buffer.concat(chunks);
    const taken = all.subarray(0, length);
    this.#rest = all.subarray(length);
    if (isSummed) this.#hash.update(taken);
    return taken;
  }

  async isAtEnd(): Promise<boolean> {
    return (await this.upTo(1, false)).length === 0;
  }

  /** Ends the adding up. */
  digest(): Buffer {
    return this.#hash.digest();
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const { done, value } = await this.#source.next();
      return done === true ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    } catch (error) {
      if (error instanceof ScanoramaError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new ScanoramaError('file_unreadable', `The backup could not be read: ${reason}.`, {
        cause: error,
      });
    }
  }
}
