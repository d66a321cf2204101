import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ScanoramaError } from '#domain/errors/error.js';

/**
 * A backup is one file that is written and read from its beginning to its end:
 *
 *     file   = "scanorama backup 1\n" frame*
 *     frame  = kind (1 byte)  length (4 bytes, big-endian)  payload
 *     frames = H  (T D* E)*  S
 *
 * H is the header; T begins a table, D is a piece of its rows in COPY's text format, compressed by gzip, E ends it and
 * says how much it was; S is the SHA-256 of every byte before it. Tables come in the order of their references.
 */
export const BACKUP_FORMAT_VERSION = 1;
export const BACKUP_MAGIC = `scanorama backup ${BACKUP_FORMAT_VERSION}\n`;
export const FRAME_HEAD_BYTES = 5;
export const FRAME_KINDS = { header: 'H', table: 'T', data: 'D', tableEnd: 'E', end: 'S' } as const;
export type FrameKind = (typeof FRAME_KINDS)[keyof typeof FRAME_KINDS];
/** What a frame may hold at most; who reads it has to keep one of them in memory. */
export const MAX_FRAME_BYTES = 1024 * 1024;
const DIGEST_BYTES = 32;

const count = z.number().int().nonnegative();
const term = z.string().min(1).max(200);

/** What a backup says of itself before its tables; H is this as JSON. */
export const backupHeaderSchema = z.object({
  product_version: term,
  /** The instant that all tables show, by the database's clock; ISO 8601. */
  created_at: z.iso.datetime(),
  schema_version: count.min(1),
  migrations: z.array(z.object({ version: count, name: term, checksum: z.string().length(64) })),
  server_version: term,
  /** Tables whose rows are not in it on purpose. */
  left_out: z.array(term),
});
export type BackupHeader = z.infer<typeof backupHeaderSchema>;

/** T as JSON. The columns of a line, in order; generated ones are left out. */
export const tableSourceSchema = z.object({ name: term, columns: z.array(term).min(1) });
export type TableSource = z.infer<typeof tableSourceSchema>;

/** E as JSON: length and SHA-256 (hexadecimal) of the rows uncompressed. */
export const tableSumSchema = z.object({ rows: count, bytes: count, sha256: z.string().length(64) });
type TableSum = z.infer<typeof tableSumSchema>;

export interface BackupTable extends TableSum {
  readonly name: string;
}

/** All that a backup says of itself. */
export interface BackupManifest extends BackupHeader {
  readonly format_version: typeof BACKUP_FORMAT_VERSION;
  readonly tables: readonly BackupTable[];
}

const LINE_FEED = 0x0a;

/** Adds the rows of one table up while they pass. */
export class TableTally {
  readonly #hash = createHash('sha256');
  rows = 0;
  bytes = 0;

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
    // A row is a line: COPY writes a line feed inside a value as two characters.
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) this.rows += 1;
  }

  /** Ends the adding. */
  sum(): TableSum {
    return { rows: this.rows, bytes: this.bytes, sha256: this.#hash.digest('hex') };
  }
}

/** Takes what is written, piece after piece; the next one comes when it has settled. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/** Writes frames and keeps the digest of all of them. */
export class FrameWriter {
  readonly #write: WriteBytes;
  readonly #hash = createHash('sha256');

  constructor(write: WriteBytes) {
    this.#write = write;
  }

  async begin(header: BackupHeader): Promise<void> {
    await this.#put(Buffer.from(BACKUP_MAGIC));
    await this.json(FRAME_KINDS.header, header);
  }

  json(kind: FrameKind, value: object): Promise<void> {
    return this.frame(kind, Buffer.from(JSON.stringify(value)));
  }

  /** Data of any length; what does not fit one frame becomes several. */
  async data(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += MAX_FRAME_BYTES)
      await this.frame(FRAME_KINDS.data, bytes.subarray(at, at + MAX_FRAME_BYTES));
  }

  async frame(kind: FrameKind, payload: Buffer): Promise<void> {
    if (payload.length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${payload.length} bytes`);
    await this.#put(Buffer.concat([frameHead(kind, payload.length), payload]));
  }

  /** The last frame. Its own head is among the bytes it answers for. */
  async end(): Promise<void> {
    await this.#put(frameHead(FRAME_KINDS.end, DIGEST_BYTES));
    await this.#write(this.#hash.digest());
  }

  async #put(bytes: Buffer): Promise<void> {
    this.#hash.update(bytes);
    await this.#write(bytes);
  }
}

function frameHead(kind: FrameKind, length: number): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.write(kind, 'latin1');
  head.writeUInt32BE(length, 1);
  return head;
}

/** For whatever is not a whole backup: `why` ends the sentence. */
export function damagedBackup(why: string, cause?: unknown): ScanoramaError {
  return new ScanoramaError('invalid_backup', `The backup is damaged: ${why}.`, {
    hint: 'Take another copy of it, or an older backup; nothing was changed.',
    cause,
  });
}
