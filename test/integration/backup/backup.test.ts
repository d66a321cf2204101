import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { Pool } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { writeBackup } from '#store/backup/backup.js';
import { writeBackupFile } from '#store/backup/backup-file.js';
import { clientConfig, type Database, type Executor, openDatabase } from '#store/database/database.js';
import { createStore } from '#store/database/store.js';
import { appliedMigrations } from '#store/migrations/applied-migrations.js';
import { type Migration, migrate, readMigrations } from '#store/migrations/migrate.js';
import { MAX_KEPT_BACKUPS } from '#store/migrations/upgrade-backup.js';
import { makePartitions } from '#store/ports/partitions.js';
import { partitionsBefore, retirePartition } from '#store/retention/retire-partitions.js';
import { createEmptyDatabase, openTestDatabase } from '../../support/database/database.ts';
import { extraMigrations } from '../../support/database/extra-migrations.ts';
import { digests, fillDatabase, restoreFile } from '../../support/database/filled-database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

const KNOWN = await readMigrations(join(import.meta.dirname, '..', '..', '..', 'migrations'));
const NEXT = KNOWN.length + 1;
const NAME = new RegExp(`^before-schema-${NEXT}-\\d{8}T\\d{6}Z\\.backup$`);
const VERSION = { productVersion: '1.2.3' };
/** The timeout of a statement that does not wait; the test blocks the backup for longer. */
const HASTY_TIMEOUT_MS = 2_000;
/** A database is created, filled, copied and read completely in one test, which took a minute on a busy machine. */
const RESTORING_MS = 180_000;
const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

/** A directory for backups that does not exist yet. */
async function backupPlace(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'backup-place-'));
  opened.push(() => rm(parent, { recursive: true }));
  return join(parent, 'data', 'backups');
}

/** A path for one file. */
async function filePlace(): Promise<string> {
  const place = await backupPlace();
  await mkdir(place, { recursive: true });
  return join(place, 'x.backup');
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

async function expectNothingApplied({ executor }: Database): Promise<void> {
  expect(await appliedMigrations(executor)).toHaveLength(KNOWN.length);
  const { rows } = await sql`SELECT to_regclass('later') AS later`.execute(executor);
  expect(rows).toEqual([{ later: null }]);
}

describe('an upgrade', { timeout: RESTORING_MS }, () => {
  it('writes a backup first, from which every row is restored', async () => {
    const { database } = await migratedDatabase();
    await fillDatabase(database);
    const before = await digests(database.executor);
    const place = await backupPlace();
    const notices: string[] = [];
    const migrations = await migrationsWith('DELETE FROM port_scans; CREATE TABLE later (id int)');
    const options = { backupDirectory: place, notice: (sentence: string) => notices.push(sentence) };
    expect(await migrate(database, migrations, options)).toBe(1);

    const names = await readdir(place);
    expect(names).toEqual([expect.stringMatching(NAME)]);
    const backup = join(place, names[0] ?? '');
    expect(notices).toEqual([
      `The database is upgraded from schema ${KNOWN.length} to ${NEXT}; a backup was written to ${backup}.`,
    ]);
    expect((await stat(place)).mode & 0o777).toBe(0o700);

    const restored = await freshDatabase();
    await restoreFile(restored, backup, KNOWN);
    expect(await digests(restored.executor)).toEqual(before);
    expect(before['port_scans']).toMatchObject({ rows: 6_001 });
    // Ids continue after those that were loaded.
    await claimedScan(createWorkContext(createStore(restored)), '198.18.0.2', '1-10');
  });

  it('records in the backup what it contains, and makes it unreadable for others', async () => {
    const { database } = await migratedDatabase();
    await fillDatabase(database);
    const path = await filePlace();
    const { sizeBytes, manifest } = await writeBackupFile(database, path, VERSION);
    const restored = await freshDatabase();
    const { manifest: read, stored } = await restoreFile(restored, path, KNOWN);
    expect(read).toEqual(manifest);
    expect(stored).toEqual(manifest.tables.map(({ rows }) => rows));

    const { rows } = await sql<{ now: Date; version: string }>`
      SELECT now(), current_setting('server_version') AS version`.execute(database.executor);
    expect(manifest).toMatchObject({
      format_version: 1,
      product_version: '1.2.3',
      schema_version: KNOWN.length,
      server_version: rows[0]?.version,
      migrations: KNOWN.map(({ version, name, checksum }) => ({ version, name, checksum })),
    });
    const ageMs = (rows[0]?.now.getTime() ?? 0) - Date.parse(manifest.created_at);
    expect(ageMs).toBeGreaterThanOrEqual(0);
    expect(ageMs).toBeLessThan(60_000);
    const counts = Object.entries(await digests(database.executor))
      .filter(([name]) => !manifest.left_out.includes(name))
      .map(([name, { rows }]) => [name, rows]);
    const given = manifest.tables.map(({ name, rows }) => [name, rows]);
    expect(Object.fromEntries(given)).toEqual(Object.fromEntries(counts));
    expect(await stat(path)).toMatchObject({ size: sizeBytes });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('omits what opens a session, and nothing else', async () => {
    const { database } = await migratedDatabase();
    await sql`INSERT INTO sign_in_tokens (token_hash, created_by, expires_at)
      VALUES (decode(repeat('5a', 32), 'hex'), 'test', now() + interval '1 hour')`.execute(database.executor);
    await sql`INSERT INTO sessions (token_hash, actor, expires_at)
      VALUES (decode(repeat('5a', 32), 'hex'), 'test', now() + interval '1 hour')`.execute(database.executor);
    const path = await filePlace();
    const { manifest } = await writeBackupFile(database, path, VERSION);
    expect(manifest.left_out).toEqual(['sessions', 'sign_in_tokens']);
    const restored = await freshDatabase();
    await restoreFile(restored, path, KNOWN);
    const [before, after] = [await digests(database.executor), await digests(restored.executor)];
    expect(Object.keys(before).filter((name) => before[name]?.md5 !== after[name]?.md5)).toEqual([
      'sessions',
      'sign_in_tokens',
    ]);
    expect(after).toMatchObject({ sessions: { rows: 0 }, sign_in_tokens: { rows: 0 } });
  });

  it('is a snapshot of one point in time', async () => {
    const { database } = await migratedDatabase();
    let isLate = true;
    const write = async (): Promise<void> => {
      if (isLate) await sql`INSERT INTO events (kind) VALUES ('scan.created')`.execute(database.executor);
      isLate = false;
    };
    const manifest = await writeBackup(database, write, VERSION);
    expect(manifest.tables.find(({ name }) => name === 'events')).toMatchObject({ rows: 0, bytes: 0 });
    expect((await digests(database.executor))['events']).toMatchObject({ rows: 1 });
  });

  it('takes longer than other statements may, and contains what was committed before it had its locks', async () => {
    const { address, database } = await migratedDatabase();
    await fillDatabase(database);
    const hasty = new Pool({ ...clientConfig(address, 'test'), statement_timeout: HASTY_TIMEOUT_MS });
    opened.push(() => hasty.end());
    const path = await filePlace();
    await makePartitions(database.executor);
    const [month] = await partitionsBefore(database.executor, new Date());
    const backup = await database.executor.transaction().execute(async (holder) => {
      await sql`LOCK TABLE port_scans IN ACCESS EXCLUSIVE MODE`.execute(holder);
      const writing = writeBackupFile({ ...database, pool: hasty }, path, VERSION);
      await backendWaitingForTable(database.executor);
      await sleep(1.25 * HASTY_TIMEOUT_MS);
      if (month !== undefined) expect(await retirePartition(holder, month)).toBe(2_000);
      return { writing };
    });
    const { manifest } = await backup.writing;
    const rowsOf = (table: string) => manifest.tables.find(({ name }) => name === table)?.rows;
    expect({ kept: rowsOf('port_scans'), removed: rowsOf('scan_rows_removed') }).toEqual({
      kept: 4_001,
      removed: 1,
    });
  });

  it('needs no backup of an empty database, nor when no migration is pending', async () => {
    const database = await freshDatabase();
    const place = await backupPlace();
    const migrations = await migrationsWith('CREATE TABLE later (id int)');
    expect(await migrate(database, migrations, { backupDirectory: place })).toBe(NEXT);
    expect(await migrate(database, migrations, { backupDirectory: place })).toBe(0);
    await expect(readdir(place)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('makes one backup when several programs start together', async () => {
    const { address, database } = await migratedDatabase();
    await fillDatabase(database);
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

  it('keeps its newest backups and removes nothing else', async () => {
    const { database } = await migratedDatabase();
    const place = await backupPlace();
    const old = Array.from(
      { length: 7 },
      (_, number) => `before-schema-${9 - number}-2025010${number + 1}T000000Z.backup`,
    );
    const foreign = ['before-schema-2.backup', 'before-schema-2-20240101T000000Z.backup.kept', 'by-hand'];
    const abandoned = 'before-schema-2-20260101T000000Z.backup.part';
    await mkdir(join(place, 'before-schema-1-20240101T000000Z.backup'), { recursive: true });
    for (const name of [...old, ...foreign, abandoned]) await writeFile(join(place, name), 'a file');
    await migrate(database, await migrationsWith('CREATE TABLE later (id int)'), { backupDirectory: place });
    const left = await readdir(place);
    const kept = old.slice(-(MAX_KEPT_BACKUPS - 1));
    const others = [...foreign, 'before-schema-1-20240101T000000Z.backup'];
    expect(left).toEqual(expect.arrayContaining([...kept, ...others, expect.stringMatching(NAME)]));
    expect(left).toHaveLength(MAX_KEPT_BACKUPS + others.length);
  });
});

describe('an upgrade without a backup', () => {
  it('does not happen when the backup directory cannot be created', async () => {
    const { database } = await migratedDatabase();
    const place = await backupPlace();
    await mkdir(join(place, '..'));
    await writeFile(place, 'a file');
    const migrations = await migrationsWith('CREATE TABLE later (id int)');
    const upgrade = migrate(database, migrations, { backupDirectory: join(place, 'inside') });
    await expect(upgrade).rejects.toMatchObject({ code: 'backup_failed', cause: { code: 'ENOTDIR' } });
    await expectNothingApplied(database);
  });

  it('does not happen without a destination', async () => {
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
      expect(await readdir(place)).toEqual([expect.stringMatching(/\.part$/)]);
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
    expect(locks, 'the migration lock has to be free afterwards').toHaveLength(0);
    expect(await migrate(database, migrations, { backupDirectory: place })).toBe(1);
  });
});

describe('the file of a backup', () => {
  it('is not replaced unless requested, and a link is followed', async () => {
    const { database } = await migratedDatabase();
    const path = await filePlace();
    await writeFile(path, 'precious');
    const link = `${path}.link`;
    await symlink(path, link);
    for (const name of [path, link]) {
      await expect(writeBackupFile(database, name, VERSION)).rejects.toMatchObject({ code: 'conflict' });
      expect(await readFile(path, 'utf8')).toBe('precious');
    }
    await writeFile(`${path}.part`, 'left by one that was killed');
    await writeBackupFile(database, link, { ...VERSION, force: true });
    expect(await readFile(path, 'latin1')).toMatch(/^scanorama backup 1\n/);
    expect((await readdir(join(path, '..'))).sort()).toEqual(['x.backup', 'x.backup.link']);
  });

  it.each(['a directory', 'a socket'])('is never put in the place of %s', async (what) => {
    const { database } = await migratedDatabase();
    const path = await filePlace();
    if (what === 'a directory') await mkdir(path);
    else await listenOn(path);
    const writing = writeBackupFile(database, path, { ...VERSION, force: true });
    await expect(writing).rejects.toMatchObject({
      code: 'conflict',
      message: `${path} is there already, and is no file.`,
    });
    expect(await readdir(join(path, '..'))).toEqual(['x.backup']);
  });

  it('is not started while another one is being written, nor without a directory', async () => {
    const { database } = await migratedDatabase();
    const path = await filePlace();
    await writeFile(`${path}.part`, 'being written');
    await expect(writeBackupFile(database, path, VERSION)).rejects.toMatchObject({ code: 'conflict' });
    expect(await readFile(`${path}.part`, 'utf8')).toBe('being written');
    const nowhere = join(path, '..', 'missing', 'x.backup');
    await expect(writeBackupFile(database, nowhere, VERSION)).rejects.toMatchObject({
      code: 'backup_failed',
      message: expect.stringContaining('There is no directory'),
    });
  });

  it('requires tables of the product in the database', async () => {
    const database = await freshDatabase();
    const path = await filePlace();
    await expect(writeBackupFile(database, path, VERSION)).rejects.toMatchObject({ code: 'not_found' });
    expect(await readdir(join(path, '..'))).toEqual([]);
  });
});

async function listenOn(path: string): Promise<void> {
  const server = createServer().listen(path);
  await once(server, 'listening');
  opened.push(async () => server.close());
}

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
