import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { FRAME_KINDS, FrameWriter, MAX_FRAME_BYTES } from '#store/backup/backup-format.js';
import { BackupReader } from '#store/backup/backup-reader.js';
import {
  HEADER,
  piecesOf,
  type WrittenTable,
  writtenBackup,
} from '../../../test/support/database/written-backup.ts';
import { repetitions } from '../../../test/support/repetitions.ts';

const TABLES: readonly WrittenTable[] = [
  { name: 'sites', columns: ['id', 'name'], rows: '1\tdefault\n' },
  { name: 'empty', columns: ['id'], rows: '' },
  {
    name: 'hosts',
    columns: ['id', 'ip_address'],
    rows: Array.from({ length: 400 }, (_, id) => `${id}\t198.18.${id >> 8}.${id & 255}\n`).join(''),
  },
];
const COMPLETE = await writtenBackup(TABLES);
/** A run of a property reads a file of a few KiB. */
const RUNS = { numRuns: repetitions(150, 5_000) };

interface Read {
  readonly tables: readonly WrittenTable[];
  readonly given: unknown;
}

async function readAll(bytes: Uint8Array, pieceLength?: number): Promise<Read> {
  const backup = await BackupReader.open(piecesOf(bytes, pieceLength));
  const tables: WrittenTable[] = [];
  for await (const { name, columns, rows } of backup.tables()) {
    const chunks: Buffer[] = [];
    for await (const chunk of rows) chunks.push(chunk);
    tables.push({ name, columns, rows: Buffer.concat(chunks).toString() });
  }
  return { tables, given: backup.manifest() };
}

/** The code of the failure; another error than ours, or none, fails the test. */
async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    await readAll(bytes);
  } catch (error) {
    if (error instanceof ScanoramaError) return error.code;
    throw error;
  }
  throw new Error('it was read');
}

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield COMPLETE.subarray(0, 900);
  throw new Error('the disk is gone');
}

describe('a backup', () => {
  it.each([1, 7, 4_096])('is read as it was written, in pieces of %i bytes', async (pieceLength) => {
    const { tables, given } = await readAll(COMPLETE, pieceLength);
    expect(tables).toEqual(TABLES);
    expect(given).toMatchObject({
      ...HEADER,
      format_version: 1,
      tables: [
        { name: 'sites', rows: 1, bytes: 10 },
        { name: 'empty', rows: 0, bytes: 0 },
        { name: 'hosts', rows: 400 },
      ],
    });
  });

  it('says what it is before its tables are read', async () => {
    const backup = await BackupReader.open(piecesOf(COMPLETE));
    expect(backup.header).toEqual(HEADER);
  });

  it('cut off anywhere is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: COMPLETE.length - 1 }), async (length) => {
        expect(await codeOf(COMPLETE.subarray(0, length))).toBe('invalid_backup');
      }),
      RUNS,
    );
  });

  it('with any byte changed is refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: COMPLETE.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const damaged = Buffer.from(COMPLETE);
          damaged[at] = (damaged[at] ?? 0) ^ change;
          expect(['invalid_backup', 'backup_too_new']).toContain(await codeOf(damaged));
        },
      ),
      RUNS,
    );
  });

  it('that is anything else is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (noise, isBegun) => {
        const bytes = isBegun ? Buffer.concat([COMPLETE.subarray(0, 19), noise]) : noise;
        expect(await codeOf(bytes)).toBe('invalid_backup');
      }),
      RUNS,
    );
    expect(await codeOf(Buffer.concat([COMPLETE, Buffer.from('\0')]))).toBe('invalid_backup');
    expect(await codeOf(Buffer.concat([COMPLETE, COMPLETE]))).toBe('invalid_backup');
  });

  it('of a later format is told as that', async () => {
    const later = Buffer.from(COMPLETE.toString('latin1').replace('backup 1\n', 'backup 2\n'), 'latin1');
    expect(await codeOf(later)).toBe('backup_too_new');
  });

  it('whose source cannot be read is told as that', async () => {
    const backup = await BackupReader.open(breaking());
    const reading = (async () => {
      for await (const { rows } of backup.tables()) for await (const _ of rows);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'file_unreadable' });
  });
});

const SUM = { rows: 1, bytes: 2, sha256: createHash('sha256').update('1\n').digest('hex') };
const PACKED = gzipSync('1\n');

it.each([
  ['as they were written', [PACKED], SUM, undefined],
  ['in two pieces', [PACKED.subarray(0, 9), PACKED.subarray(9)], SUM, undefined],
  ['with another number of rows', [PACKED], { ...SUM, rows: 2 }, 'are not those that were written'],
  ['with another length', [PACKED], { ...SUM, bytes: 3 }, 'are not those that were written'],
  ['with another checksum', [PACKED], { ...SUM, sha256: 'a'.repeat(64) }, 'are not those that were written'],
  ['cut off', [PACKED.subarray(0, 12)], SUM, 'cannot be unpacked'],
  ['with something behind them', [PACKED, Buffer.from('{}')], SUM, 'cannot be unpacked'],
  [
    'with zeros behind them',
    [Buffer.concat([PACKED, Buffer.alloc(100)]), Buffer.alloc(9), Buffer.alloc(9)],
    SUM,
    undefined,
  ],
])('rows %s are told apart, also where the file is as it was written', async (_what, pieces, sum, given) => {
  const chunks: Uint8Array[] = [];
  const frames = new FrameWriter(async (bytes) => void chunks.push(bytes));
  await frames.begin(HEADER);
  await frames.json(FRAME_KINDS.table, { name: 'sites', columns: ['id'] });
  for (const piece of pieces) await frames.data(piece);
  await frames.json(FRAME_KINDS.tableEnd, sum);
  await frames.end();
  const reading = readAll(Buffer.concat(chunks));
  if (given === undefined) expect((await reading).tables).toMatchObject([{ rows: '1\n' }]);
  else await expect(reading).rejects.toMatchObject({ message: expect.stringContaining(given) });
});

it('more than a frame holds becomes several, and none is read that is longer', async () => {
  const written: number[] = [];
  const frames = new FrameWriter(async ({ length }) => void written.push(length));
  await frames.data(randomBytes(2 * MAX_FRAME_BYTES + 1));
  expect(written).toEqual([MAX_FRAME_BYTES + 5, MAX_FRAME_BYTES + 5, 6]);
  const head = Buffer.alloc(5);
  head.write('H');
  head.writeUInt32BE(MAX_FRAME_BYTES + 1, 1);
  expect(await codeOf(Buffer.concat([Buffer.from('scanorama backup 1\n'), head]))).toBe('invalid_backup');
});
