import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { Pool } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { writeBackup } from '#store/backup.js';
import { clientConfig, type Database, type Executor, openDatabase } from '#store/database.js';
import { appliedMigrations, type Migration, migrate, readMigrations } from '#store/migrate.js';
import { createStore } from '#store/store.js';
import { MAX_KEPT_BACKUPS } from '#store/upgrade-backup.js';
import type { BatchRecord } from '#work/batch-record.js';
import { recordBatch } from '#work/record-batch.js';
import { claimedScan } from '../claimed-scan.ts';
import { createEmptyDatabase, openTestDatabase } from '../database.ts';
import { extraMigrations } from '../extra-migrations.ts';
import { loadBackup, readManifest } from '../load-backup.ts';
import { createWorkContext } from '../work-context.ts';

const KNOWN = await readMigrations(join(import.meta.dirname, '..', '..', 'migrations'));
const NEXT = KNOWN.length + 1;
const LABEL = new RegExp(`^before-schema-${NEXT}-\\d{8}T\\d{6}Z$`);
/** Shorter than the test keeps the backup waiting. */
const HASTY_TIMEOUT_MS = 500;
const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

/** A place for backups that is not made yet. */
async function backupPlace(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'scanorama-backups-'));
  opened.push(() => rm(parent, { recursive: true }));
  return join(parent, 'data', 'backups');
}

async function migrationsWith(...texts: readonly string[]): Promise<readonly Migration[]> {
  const { migrations, remove } = await extraMigrations(texts);
  opened.push(remove);
  return migrations;
}

async function migratedDatabase() {
  const test = await openTestDatabase();
  opened.push(() => test.close());
  return test;
}

async function freshDatabase(): Promise<Database> {
  const database = openDatabase(await createEmptyDatabase(), () => undefined);
  opened.push(() => database.close());
  return database;
}

const at = new Date('2026-01-01T00:00:01Z');
const batch: BatchRecord = {
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

/** A scan with results, values that a text format can break on, and raw rows of several months. */
async function fill(database: Database): Promise<void> {
  const { executor } = database;
  const context = createWorkContext(createStore(database));
  const place = await claimedScan(context, '198.18.0.1', '1-100');
  await recordBatch(context, place, batch);
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
    FROM port_scans, unnest(ARRAY['-6 years', '-1 day', '1 month']::interval[]) AS age,
      generate_series(1000, 2999) AS number`.execute(executor);
}

interface Digest {
  readonly rows: number;
  readonly md5: string;
}

/** Every table that is not a partition: how many rows, and a digest of them. */
async function digests(executor: Executor): Promise<Record<string, Digest>> {
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

async function expectNothingApplied({ executor }: Database): Promise<void> {
  expect(await appliedMigrations(executor)).toHaveLength(KNOWN.length);
  const { rows } = await sql`SELECT to_regclass('later') AS later`.execute(executor);
  expect(rows).toEqual([{ later: null }]);
}

describe('an upgrade', () => {
  it('writes a backup first, from which every row comes back', async () => {
    const { database } = await migratedDatabase();
    await fill(database);
    const before = await digests(database.executor);
    const place = await backupPlace();
    const notices: string[] = [];
    const migrations = await migrationsWith('DELETE FROM port_scans; CREATE TABLE later (id int)');
    const options = { backupDirectory: place, notice: (sentence: string) => notices.push(sentence) };
    expect(await migrate(database, migrations, options)).toBe(1);

    const labels = await readdir(place);
    expect(labels).toEqual([expect.stringMatching(LABEL)]);
    const backup = join(place, labels[0] ?? '');
    expect(notices).toEqual([
      `The database is upgraded from schema ${KNOWN.length} to ${NEXT}; a backup was written to ${backup}.`,
    ]);

    const restored = await freshDatabase();
    await migrate(restored, KNOWN);
    await loadBackup(restored, backup);
    expect(await digests(restored.executor)).toEqual(before);
    expect(before['port_scans']).toMatchObject({ rows: 6_001 });
    // Ids go on after those that were loaded.
    await claimedScan(createWorkContext(createStore(restored)), '198.18.0.2', '1-10');
  });

  it('says in the manifest what the backup holds, and keeps it from others', async () => {
    const { database } = await migratedDatabase();
    await fill(database);
    const before = await digests(database.executor);
    const place = await backupPlace();
    const { path, manifest } = await writeBackup(database, place, { label: 'by-hand' });
    expect(path).toBe(join(place, 'by-hand'));
    expect(await readManifest(path)).toEqual(manifest);

    const { rows } = await sql<{ now: Date; version: string }>`
      SELECT now(), current_setting('server_version') AS version`.execute(database.executor);
    expect(manifest).toMatchObject({
      format_version: 1,
      schema_version: KNOWN.length,
      server_version: rows[0]?.version,
    });
    const ageMs = (rows[0]?.now.getTime() ?? 0) - Date.parse(manifest.created_at);
    expect(ageMs).toBeGreaterThanOrEqual(0);
    expect(ageMs).toBeLessThan(60_000);
    const counts = Object.entries(before).map(([name, { rows }]) => [name, rows]);
    expect(manifest.tables.map(({ name, rows }) => [name, rows])).toEqual(counts);
    expect(manifest.tables.find(({ name }) => name === 'sites')?.columns).toEqual([
      'id',
      'uid',
      'name',
      'created_at',
      'unscoped_accepted_at',
      'unscoped_accepted_by',
    ]);

    const files = manifest.tables.map(({ file }) => file);
    expect((await readdir(path)).sort()).toEqual([...files, 'manifest.json'].sort());
    const modes = await Promise.all(files.map((file) => stat(join(path, file))));
    expect(new Set(modes.map(({ mode }) => mode & 0o777))).toEqual(new Set([0o600]));
    expect((await stat(join(path, 'manifest.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect((await stat(place)).mode & 0o777).toBe(0o700);
  });

  it('shows one instant, and takes longer than other statements may', async () => {
    const { address, database } = await migratedDatabase();
    const hasty = new Pool({ ...clientConfig(address, 'test'), statement_timeout: HASTY_TIMEOUT_MS });
    opened.push(() => hasty.end());
    const place = await backupPlace();
    const backup = await database.executor.transaction().execute(async (holder) => {
      await sql`LOCK TABLE sites IN ACCESS EXCLUSIVE MODE`.execute(holder);
      const writing = writeBackup({ ...database, pool: hasty }, place, { label: 'slow' });
      await backendWaitingForTable(database.executor);
      await sql`INSERT INTO sign_in_tokens (token_hash, created_by, expires_at)
        VALUES (decode(repeat('00', 32), 'hex'), 'later', now() + interval '1 hour')`.execute(
        database.executor,
      );
      await sleep(2 * HASTY_TIMEOUT_MS);
      return { writing };
    });
    const { manifest } = await backup.writing;
    expect(manifest.tables.find(({ name }) => name === 'sign_in_tokens')).toMatchObject({
      rows: 0,
      bytes: 0,
    });
    expect((await digests(database.executor))['sign_in_tokens']).toMatchObject({ rows: 1 });
  });

  it('has checksums that give a damaged backup away before anything is loaded', async () => {
    const { database } = await migratedDatabase();
    await fill(database);
    const { path } = await writeBackup(database, await backupPlace(), { label: 'damaged' });
    await writeFile(join(path, 'sites.copy.gz'), gzipSync('1\tnonsense\n'));
    const restored = await freshDatabase();
    await migrate(restored, KNOWN);
    const before = await digests(restored.executor);
    await expect(loadBackup(restored, path)).rejects.toThrow('sites.copy.gz is damaged');
    expect(await digests(restored.executor)).toEqual(before);
  });

  it('needs no backup of an empty database, nor when nothing is missing', async () => {
    const database = await freshDatabase();
    const place = await backupPlace();
    const migrations = await migrationsWith('CREATE TABLE later (id int)');
    expect(await migrate(database, migrations, { backupDirectory: place })).toBe(NEXT);
    expect(await migrate(database, migrations, { backupDirectory: place })).toBe(0);
    await expect(readdir(place)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('makes one backup when several programs start together', async () => {
    const { address, database } = await migratedDatabase();
    await fill(database);
    const programs = Array.from({ length: 3 }, () => openDatabase(address, () => undefined));
    opened.push(...programs.map((program) => () => program.close()));
    const migrations = await migrationsWith('CREATE TABLE later (id int)', 'CREATE TABLE latest (id int)');
    const notices: string[] = [];
    const options = { backupDirectory: await backupPlace(), notice: (text: string) => notices.push(text) };
    const applied = await Promise.all(programs.map((program) => migrate(program, migrations, options)));
    expect(applied.filter((count) => count > 0)).toEqual([2]);
    expect(await readdir(options.backupDirectory)).toHaveLength(1);
    expect(notices).toHaveLength(1);
  });

  it('keeps the newest backups of its own and touches nothing else', async () => {
    const { database } = await migratedDatabase();
    const place = await backupPlace();
    const old = Array.from(
      { length: 7 },
      (_, number) => `before-schema-${9 - number}-2025010${number + 1}T000000Z`,
    );
    const foreign = ['before-schema-2', 'before-schema-2-20240101T000000Z.kept', 'by-hand'];
    const abandoned = 'before-schema-2-20260101T000000Z.partial';
    for (const name of [...old, ...foreign, abandoned]) await mkdir(join(place, name), { recursive: true });
    await writeFile(join(place, 'before-schema-1-20240101T000000Z'), 'a file');
    await migrate(database, await migrationsWith('CREATE TABLE later (id int)'), { backupDirectory: place });
    const left = await readdir(place);
    const kept = old.slice(-(MAX_KEPT_BACKUPS - 1));
    const others = [...foreign, 'before-schema-1-20240101T000000Z'];
    expect(left).toEqual(expect.arrayContaining([...kept, ...others, expect.stringMatching(LABEL)]));
    expect(left).toHaveLength(MAX_KEPT_BACKUPS + others.length);
  });
});

describe('an upgrade without a backup', () => {
  it('does not happen when the backup directory cannot be made', async () => {
    const { database } = await migratedDatabase();
    const place = await backupPlace();
    await mkdir(join(place, '..'));
    await writeFile(place, 'a file');
    const migrations = await migrationsWith('CREATE TABLE later (id int)');
    const upgrade = migrate(database, migrations, { backupDirectory: join(place, 'inside') });
    await expect(upgrade).rejects.toMatchObject({ code: 'backup_failed', cause: { code: 'ENOTDIR' } });
    await expectNothingApplied(database);
  });

  it('does not happen when nobody says where the backup goes', async () => {
    const { database } = await migratedDatabase();
    const migrations = await migrationsWith('CREATE TABLE later (id int)');
    await expect(migrate(database, migrations)).rejects.toMatchObject({ code: 'backup_failed' });
    await expectNothingApplied(database);
  });

  it.each([
    ['is killed', { code: 'backup_failed', cause: { code: '57P01' } }],
    ['is interrupted', { code: 'interrupted', cause: { message: 'Connection terminated' } }],
  ])('does not happen when the backup %s, and half of it is not kept', async (how, failure) => {
    const { database } = await migratedDatabase();
    const place = await backupPlace();
    const stop = new AbortController();
    const migrations = await migrationsWith('CREATE TABLE later (id int)');
    await database.executor.transaction().execute(async (holder) => {
      await sql`LOCK TABLE sites IN ACCESS EXCLUSIVE MODE`.execute(holder);
      const upgrade = migrate(database, migrations, { backupDirectory: place, signal: stop.signal });
      const outcome = expect(upgrade).rejects.toMatchObject(failure);
      const backend = await backendWaitingForTable(database.executor);
      expect(await readdir(place)).toEqual([expect.stringMatching(/\.partial$/)]);
      if (how === 'is interrupted') stop.abort();
      else await sql`SELECT pg_terminate_backend(${backend})`.execute(database.executor);
      await outcome;
    });
    expect(await readdir(place)).toEqual([]);
    await expectNothingApplied(database);
    const { rows: locks } = await sql`
      SELECT FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(
      database.executor,
    );
    expect(locks, 'whoever comes next has to find the migration lock free').toHaveLength(0);
    expect(await migrate(database, migrations, { backupDirectory: place })).toBe(1);
  });
});

async function backendWaitingForTable(executor: Executor): Promise<number> {
  const waiting = async () => {
    const { rows } = await sql<{ pid: number }>`
      SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'relation'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(executor);
    return rows;
  };
  await expect.poll(waiting, { timeout: 10_000 }).toHaveLength(1);
  return (await waiting())[0]?.pid ?? 0;
}
