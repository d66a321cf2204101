import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { BackupReader } from '#store/backup/backup-reader.js';
import { type RestoreOptions, restoreBackup } from '#store/backup/restore.js';
import { listTables } from '#store/backup/table-copy.js';
import { clientConfig, type Executor, openDatabase } from '#store/database/database.js';
import { createStore } from '#store/database/store.js';
import { appliedMigrations } from '#store/migrations/applied-migrations.js';
import { type Migration, migrate, readMigrations } from '#store/migrations/migrate.js';
import { requestStop } from '#store/scans/scan-jobs.js';
import { claimShard, runnableShards } from '#store/scans/scan-shards.js';
import { type BatchPlace, recordBatch } from '#work/batches/record-batch.js';
import { resumeScan } from '#work/scans/resume-scan.js';
import { createEmptyDatabase, openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { extraMigrations } from '../../support/database/extra-migrations.ts';
import {
  backupOf,
  digests,
  fillDatabase,
  MINIMAL_BATCH,
  restoreAt,
} from '../../support/database/filled-database.ts';
import { piecesOf } from '../../support/database/written-backup.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

const KNOWN = await readMigrations(join(import.meta.dirname, '..', '..', '..', 'migrations'));
const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

type Target = Pick<TestDatabase, 'address' | 'database'>;

async function emptyTarget(): Promise<Target> {
  const address = await createEmptyDatabase();
  const database = openDatabase(address, () => undefined);
  opened.push(() => database.close());
  return { address, database };
}

async function migratedTarget(): Promise<Target> {
  const test = await openTestDatabase();
  opened.push(() => test.close());
  return test;
}

/** A database with data that no test changes, and a backup of it. */
let filled: TestDatabase;
let backupBytes: Buffer;

beforeAll(async () => {
  filled = await openTestDatabase();
  await fillDatabase(filled.database);
  backupBytes = await backupOf(filled.database);
});
afterAll(() => filled.close());

async function restoreBytes(
  database: Target['database'],
  bytes: Uint8Array,
  options: Partial<RestoreOptions<void>> = {},
): Promise<void> {
  const backup = await BackupReader.open(piecesOf(bytes, 10_000));
  await restoreBackup(database, backup, {
    migrations: KNOWN,
    complete: () => Promise.resolve(),
    ...options,
  });
}

/** The state left by a server that was up for some minutes. */
async function checkedTarget(): Promise<Target> {
  const target = await migratedTarget();
  await sql`INSERT INTO integrity_checks (started_at, duration_ms, checks) VALUES ('2020-01-01', 1, '[]')`.execute(
    target.database.executor,
  );
  return target;
}

async function tablesIn(executor: Executor): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`.execute(executor);
  return rows.map(({ name }) => name);
}

async function count(executor: Executor, table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM ${sql.table(table)}`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}

async function migrationsWith(...texts: readonly string[]): Promise<readonly Migration[]> {
  const { migrations, remove } = await extraMigrations(texts);
  opened.push(remove);
  return migrations;
}

async function statusOf({ executor }: Target['database'], place: BatchPlace): Promise<unknown> {
  const { rows } = await sql`
    SELECT job.status, job.error_code AS error, shard.lease_owner AS owner,
      (SELECT kind FROM events WHERE job_id = job.id ORDER BY id DESC LIMIT 1) AS reported
    FROM scan_jobs job JOIN scan_shards shard ON shard.job_id = job.id WHERE job.uid = ${place.job.uid}`.execute(
    executor,
  );
  return rows[0];
}

async function runningScan({ database }: Target, ports: string): Promise<BatchPlace> {
  const place = await claimedScan(createWorkContext(createStore(database)), '198.18.0.1', ports);
  await sql`UPDATE scan_jobs SET status = 'running', started_at = now() WHERE id = ${place.job.id}`.execute(
    database.executor,
  );
  return place;
}

describe('a restore', () => {
  it.each([
    ['an empty database', emptyTarget],
    ['a freshly migrated one', migratedTarget],
    ['one that a server has checked', checkedTarget],
  ])('brings everything back into %s, and verifies it', async (_what, makeTarget) => {
    const target = await makeTarget();
    const report = await restoreAt(target.address, backupBytes);
    expect(report).toMatchObject({
      drill: false,
      backup: { product_version: '1.2.3', schema_version: KNOWN.length },
      schema_version: KNOWN.length,
    });
    expect(report.tables.every(({ rows, stored }) => rows === stored)).toBe(true);
    expect(report.tables.find(({ name }) => name === 'port_scans')?.stored).toBe(6_001);
    const [before, after] = [
      await digests(filled.database.executor),
      await digests(target.database.executor),
    ];
    const changed = Object.keys(before).filter((name) => before[name]?.md5 !== after[name]?.md5);
    expect(changed, 'the check, and the claimed scan, which is held').toEqual([
      'events',
      'integrity_checks',
      'scan_jobs',
      'scan_shards',
    ]);
    // Rows of other months have their partition again.
    expect(await count(target.database.executor, 'port_scans_default')).toBe(0);
    expect(await count(target.database.executor, 'integrity_checks'), 'the check of the restore alone').toBe(
      1,
    );
  });

  it.each(['an empty database', 'one that is migrated further'])(
    'of an older schema into %s goes on to the newest',
    async (kind) => {
      const source = await emptyTarget();
      await migrate(source.database, KNOWN);
      await sql`INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen)
        SELECT gen_random_uuid(), id, '198.18.0.7', 'up', now(), now(), now() FROM sites`.execute(
        source.database.executor,
      );
      const bytes = await backupOf(source.database);
      const newer = await migrationsWith(
        'CREATE TABLE later (id int)',
        'ALTER TABLE later ADD COLUMN name text',
      );
      const target = await emptyTarget();
      if (kind !== 'an empty database') await migrate(target.database, newer);
      await restoreBytes(target.database, bytes, { migrations: newer });
      const { executor } = target.database;
      expect(await appliedMigrations(executor)).toHaveLength(newer.length);
      expect(await count(executor, 'hosts')).toBe(1);
      expect(await migrate(target.database, newer)).toBe(0);
      await sql`SELECT id, name FROM later`.execute(executor);
    },
  );

  it('is refused by a database that holds data, which is unchanged', async () => {
    const target = await migratedTarget();
    const { executor } = target.database;
    await sql`INSERT INTO api_keys (uid, name, prefix, secret_hash, created_by)
      VALUES (gen_random_uuid(), 'key', 'scn_abcdefgh', decode(repeat('5a', 32), 'hex'), '')`.execute(
      executor,
    );
    const before = await digests(executor);
    await expect(restoreAt(target.address, backupBytes)).rejects.toMatchObject({
      code: 'database_not_empty',
      facts: { tables: ['api_keys'] },
      hint: expect.stringContaining('--data-dir'),
    });
    expect(await digests(executor)).toEqual(before);
  });

  it("is refused by a database with a site of one's own, and with tables of another program", async () => {
    const target = await migratedTarget();
    await sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'branch')`.execute(
      target.database.executor,
    );
    await expect(restoreAt(target.address, backupBytes)).rejects.toMatchObject({
      code: 'database_not_empty',
    });
    const foreign = await emptyTarget();
    await sql`CREATE TABLE hosts (name text)`.execute(foreign.database.executor);
    await expect(restoreAt(foreign.address, backupBytes)).rejects.toMatchObject({
      code: 'database_foreign',
      message: expect.stringContaining('it holds hosts,'),
    });
    expect(await tablesIn(foreign.database.executor)).toEqual(['hosts']);
  });

  it('is refused while another program uses the database', async () => {
    const { address, database } = await migratedTarget();
    const hasty = new Pool({ ...clientConfig(address, 'test'), lock_timeout: 200 });
    opened.push(() => hasty.end());
    await database.executor.transaction().execute(async (other) => {
      await sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'branch')`.execute(other);
      const restoring = restoreBytes({ ...database, pool: hasty }, backupBytes);
      await expect(restoring).rejects.toMatchObject({ code: 'conflict' });
    });
    expect(await count(database.executor, 'sites')).toBe(2);
  });

  it('drops no user-defined view over the tables of the product', async () => {
    const source = await emptyTarget();
    await migrate(source.database, KNOWN);
    const bytes = await backupOf(source.database);
    const newer = await migrationsWith('CREATE TABLE later (id int)');
    const target = await emptyTarget();
    await migrate(target.database, newer);
    const { executor } = target.database;
    await sql`CREATE VIEW mine AS SELECT ip_address FROM hosts`.execute(executor);
    const before = await digests(executor);
    const restoring = restoreBytes(target.database, bytes, { migrations: newer });
    await expect(restoring).rejects.toMatchObject({ code: 'restore_failed' });
    expect(await digests(executor)).toEqual(before);
    await sql`SELECT FROM mine`.execute(executor);
  });

  it.each([
    ['a newer schema', 'CREATE TABLE later (id int)', undefined, 'backup_too_new'],
    ['another migration', 'CREATE TABLE later (id int)', 'CREATE TABLE other (id int)', 'migration_changed'],
  ])('of %s is refused', async (_what, theirs, ours, code) => {
    const source = await emptyTarget();
    await migrate(source.database, await migrationsWith(theirs));
    const bytes = await backupOf(source.database);
    const target = await emptyTarget();
    const known = ours === undefined ? KNOWN : await migrationsWith(ours);
    await expect(restoreBytes(target.database, bytes, { migrations: known })).rejects.toMatchObject({ code });
    expect(await tablesIn(target.database.executor)).toEqual([]);
  });
});

describe('a restore that fails', () => {
  it('because of any damage changes nothing', async () => {
    const [empty, migrated] = [(await emptyTarget()).database, (await migratedTarget()).database];
    const before = await digests(migrated.executor);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const cut = backupBytes.subarray(0, randomInt(backupBytes.length));
      expect(
        await restoreBytes(empty, cut).catch((error: unknown) => error),
        `cut at ${cut.length}`,
      ).toBeInstanceOf(ScanoramaError);
      expect(await tablesIn(empty.executor), `cut at ${cut.length}`).toEqual([]);
    }
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const damaged = Buffer.from(backupBytes);
      const at = randomInt(backupBytes.length);
      damaged[at] = (damaged[at] ?? 0) ^ randomInt(1, 256);
      const failure = await restoreBytes(migrated, damaged).catch((error: unknown) => error);
      expect(failure, `byte ${at} is ${damaged[at]}`).toBeInstanceOf(ScanoramaError);
    }
    expect(await digests(migrated.executor)).toEqual(before);
    await restoreBytes(empty, backupBytes);
    expect(await count(empty.executor, 'port_scans')).toBe(6_001);
  });

  it.each([
    ['is interrupted', { code: 'interrupted' }],
    ['loses its connection', { code: 'database_unavailable' }],
    ['cannot end what ran', { code: 'restore_failed', message: expect.stringContaining('a test') }],
  ])('because it %s leaves a migrated database as it was', async (how, failure) => {
    const { database } = await migratedTarget();
    const before = await digests(database.executor);
    const stop = new AbortController();
    const complete = async (executor: Executor): Promise<void> => {
      if (how === 'cannot end what ran') throw new Error('a test');
      if (how === 'is interrupted') return stop.abort();
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(executor);
      await sql`SELECT pg_terminate_backend(${rows[0]?.pid})`.execute(database.executor);
    };
    await expect(
      restoreBytes(database, backupBytes, { complete, signal: stop.signal }),
    ).rejects.toMatchObject(failure);
    expect(await digests(database.executor)).toEqual(before);
    await restoreBytes(database, backupBytes);
  });

  it('because it is interrupted while a table is loaded changes nothing', async () => {
    const { database } = await emptyTarget();
    const stop = new AbortController();
    const progress = ({ table }: { readonly table: string }): void => {
      if (table === 'port_scans') stop.abort();
    };
    const restoring = restoreBytes(database, backupBytes, { progress, signal: stop.signal });
    await expect(restoring).rejects.toMatchObject({ code: 'interrupted' });
    expect(await tablesIn(database.executor)).toEqual([]);
  });
});

describe('scans that had not ended when the backup was made', () => {
  it('are held, or end as they were about to; no worker of that time can write', async () => {
    const source = await migratedTarget();
    const context = createWorkContext(createStore(source.database));
    const going = await runningScan(source, '1-100');
    const done = await runningScan(source, '1-9,22');
    await recordBatch(context, done, MINIMAL_BATCH);
    const stopped = await runningScan(source, '1-20');
    await requestStop(source.database.executor, stopped.job.id);
    const imported = await runningScan(source, '1-30');
    await sql`UPDATE scan_jobs SET engine = 'import', scan_type = 'import', enrich = NULL WHERE id = ${imported.job.id}`.execute(
      source.database.executor,
    );
    await sql`INSERT INTO scan_imports (job_id, site_id, sha256, size_bytes, format, account)
      SELECT id, site_id, sha256('x'), 1, 'nmap-xml', '{}' FROM scan_jobs WHERE id = ${imported.job.id}`.execute(
      source.database.executor,
    );
    const target = await emptyTarget();
    const report = await restoreAt(target.address, await backupOf(source.database));
    expect(report).toMatchObject({
      held_scans: 1,
      held_scan_ids: [going.job.uid],
      integrity: { ok: true, faults: 0 },
    });

    const { database } = target;
    expect(await statusOf(database, going)).toEqual({
      status: 'cancelled',
      error: 'interrupted',
      owner: null,
      reported: 'scan.cancelled',
    });
    expect(await statusOf(database, done)).toMatchObject({ status: 'completed', owner: null });
    expect(await statusOf(database, stopped)).toMatchObject({ status: 'cancelled', owner: null });
    expect(await statusOf(database, imported)).toMatchObject({ status: 'failed', error: 'interrupted' });

    const later = createWorkContext(createStore(database));
    const begun = await claimedScan(later, '198.18.0.2', '1-10');
    expect(begun.shardId, 'not the id of a scan that began after the backup').toBeGreaterThan(
      imported.shardId + 1_000,
    );
    const late = recordBatch(later, going, MINIMAL_BATCH);
    await expect(late).rejects.toMatchObject({ code: 'lease_lost' });
    const share = { owner: 'later', perScan: 9, siteId: null, abilities: null };
    const offered = () => runnableShards(database.executor, { only: undefined, limit: 9 }, share);
    expect(await offered(), 'nothing is offered that was not resumed').toEqual([]);
    await resumeScan(later, going.job.uid, 'test');
    expect(await offered()).toEqual([going.shardId]);
    const lease = await claimShard(database.executor, {
      shardId: going.shardId,
      owner: 'later',
      leaseMs: 60_000,
    });
    expect(lease?.token).toBeGreaterThan(going.token + 1_000);
    await recordBatch(later, { ...going, token: lease?.token ?? 0 }, MINIMAL_BATCH);
  });
});

describe('keys that were revoked after the backup was made', () => {
  it('can be used again, which is reported, unless the restore revokes all', async () => {
    const usable = 'SELECT count(*) AS count FROM api_keys WHERE revoked_at IS NULL';
    const plain = await emptyTarget();
    expect(await restoreAt(plain.address, backupBytes)).toMatchObject({ keys: { usable: 1, revoked: 0 } });
    expect((await sql.raw(usable).execute(plain.database.executor)).rows).toEqual([{ count: 1 }]);
    const strict = await emptyTarget();
    const report = await restoreAt(strict.address, backupBytes, { revokeKeys: true });
    expect(report).toMatchObject({ keys: { usable: 0, revoked: 1 } });
    expect((await sql.raw(usable).execute(strict.database.executor)).rows).toEqual([{ count: 0 }]);
  });
});

it('tables are copied after those they refer to, and there are no circular references', async () => {
  const { database } = await migratedTarget();
  const client = await database.pool.connect();
  try {
    const names = (await listTables(client)).map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(Object.keys(await digests(database.executor))));
    const { rows } = await sql<{ from: string; to: string }>`
      SELECT DISTINCT child.relname::text AS from, parent.relname::text AS to
      FROM pg_constraint JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
      WHERE contype = 'f' AND conrelid <> confrelid AND NOT child.relispartition`.execute(database.executor);
    expect(rows.length).toBeGreaterThan(10);
    const late = rows.filter(({ from, to }) => names.indexOf(from) <= names.indexOf(to));
    expect(late).toEqual([]);
  } finally {
    client.release();
  }
});
