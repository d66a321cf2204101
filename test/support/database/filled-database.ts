import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { createApp } from '#app/app.js';
import type { RestoreRequest } from '#app/interface.js';
import type { RestoreReport } from '#contract/workers/backup.js';
import { writeBackupFile } from '#store/backup/backup-file.js';
import { BackupReader } from '#store/backup/backup-reader.js';
import { type RestoredBackup, restoreBackup } from '#store/backup/restore.js';
import type { Database, DatabaseAddress, Executor } from '#store/database/database.js';
import { createStore } from '#store/database/store.js';
import type { Migration } from '#store/migrations/migrate.js';
import type { BatchRecord } from '#work/batches/batch-record.js';
import { recordBatch } from '#work/batches/record-batch.js';
import { createWorkContext } from '../programs/work-context.ts';
import { claimedScan } from '../scans/claimed-scan.ts';
import { urlOf } from './database.ts';
import { piecesOf } from './written-backup.ts';

const at = new Date('2026-01-01T00:00:01Z');
/** The first ten positions of a scan of 198.18.0.1, one of them open. */
export const MINIMAL_BATCH: BatchRecord = {
  first: 0,
  end: 10,
  probesSent: 12,
  probesAnswered: 10,
  listed: [
    {
      address: '198.18.0.1',
      protocol: 'tcp',
      port: 22,
      state: 'open',
      reason: 'syn-ack',
      position: 3,
      observedAt: at,
      roundTripMicroseconds: null,
    },
  ],
  covered: [
    { address: '198.18.0.1', protocol: 'tcp', state: 'closed', reason: 'conn-refused', ports: '{[1,10)}' },
  ],
  coveredPorts: 9,
  skipped: 0,
  evidence: [{ address: '198.18.0.1', reason: 'syn-ack', observedAt: at, position: 3, firstSeen: at }],
  observedFrom: at,
  observedTo: at,
};

const HOSTILE = 'tab\there, line\nthere, return\r, \\N, \\., "quote", NULL, {a,b}, Größe 測定 🛰';

/** A scan with results, values with characters special to a text format, and raw rows of several months. */
export async function fillDatabase(database: Database): Promise<void> {
  const { executor } = database;
  const context = createWorkContext(createStore(database));
  const place = await claimedScan(context, '198.18.0.1', '1-100');
  await recordBatch(context, place, MINIMAL_BATCH);
  await sql`UPDATE scan_jobs SET description = ${HOSTILE}, targets = ${[HOSTILE, '', 'NULL']}`.execute(
    executor,
  );
  await sql`INSERT INTO api_keys (uid, name, prefix, secret_hash, created_by)
    VALUES (gen_random_uuid(), 'key', 'scn_abcdefgh', decode(repeat('005c0aff', 8), 'hex'), '')`.execute(
    executor,
  );
  await sql`INSERT INTO port_scans
      (job_id, host_id, protocol, port, state, reason, shard_number, position, observed_at, scanned_at)
    SELECT job_id, host_id, protocol, number, state, reason, shard_number, number, observed_at, scanned_at + age
    FROM port_scans, unnest(ARRAY['-3 months', '-1 day', '1 month']::interval[]) AS age,
      generate_series(1000, 2999) AS number`.execute(executor);
}

interface Digest {
  readonly rows: number;
  readonly md5: string;
}

/** Every table that is not a partition, with its number of rows and a digest of them. */
export async function digests(executor: Executor): Promise<Record<string, Digest>> {
  const { rows: tables } = await sql<{ name: string }>`
    SELECT table_name::text AS name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
      AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = format('public.%I', table_name)::regclass)
    ORDER BY table_name COLLATE "C"`.execute(executor);
  const all: Record<string, Digest> = {};
  for (const { name } of tables) {
    const { rows } = await sql<Digest>`
      SELECT count(*) AS rows, md5(coalesce(string_agg(line::text, E'\n' ORDER BY line::text), '')) AS md5
      FROM ${sql.table(name)} AS line`.execute(executor);
    if (rows[0] !== undefined) all[name] = rows[0];
  }
  return all;
}

/** Restores a backup unchanged, without ending what ran when it was made. */
export async function restoreFile(
  database: Database,
  path: string,
  migrations: readonly Migration[],
): Promise<RestoredBackup<void>> {
  const backup = await BackupReader.open(createReadStream(path));
  return restoreBackup(database, backup, { migrations, complete: () => Promise.resolve() });
}

/** The bytes of a backup. */
export async function backupOf(database: Database): Promise<Buffer> {
  const place = await mkdtemp(join(tmpdir(), 'backup-restore-'));
  try {
    const path = join(place, 'x.backup');
    await writeBackupFile(database, path, { productVersion: '1.2.3' });
    return await readFile(path);
  } finally {
    await rm(place, { recursive: true });
  }
}

const app = createApp();

/** As `scanorama restore` does, with --database-url. */
export async function restoreAt(
  address: DatabaseAddress,
  bytes: Uint8Array,
  request: Partial<RestoreRequest> = {},
): Promise<RestoreReport> {
  const from = piecesOf(bytes, 10_000);
  const io = { signal: new AbortController().signal, notice: () => undefined, routine: () => undefined };
  return app.restore(
    { from, drill: false, revokeKeys: false, progress: () => undefined, ...request },
    { databaseUrl: urlOf(address) },
    io,
  );
}
