import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '#store/database/database.js';
import { runStatementText } from '#store/database/statement-text.js';
import { appliedMigrations } from '#store/migrations/applied-migrations.js';
import { applyMigration, type Migration, migrate, readMigrations } from '#store/migrations/migrate.js';
import { createEmptyDatabase } from '../../support/database/database.ts';
import { extraMigrations } from '../../support/database/extra-migrations.ts';
import { dumpSchema } from '../../support/database/schema-dump.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const MIGRATIONS = join(ROOT, 'migrations');
const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function emptyDatabase(): Promise<Database> {
  const database = openDatabase(await createEmptyDatabase(), () => undefined);
  opened.push(() => database.close());
  return database;
}

/** The migrations and one more, given as the text of its file. */
async function migrationsWith(text: string): Promise<readonly Migration[]> {
  const { migrations, remove } = await extraMigrations([text]);
  opened.push(remove);
  return migrations;
}

describe('a migration that is one part of a transaction', () => {
  it('restores the limits for the statements after it', async () => {
    const database = await emptyDatabase();
    const [first] = await readMigrations(MIGRATIONS);
    if (first === undefined) throw new Error('there is no migration');
    const transaction = await database.executor.startTransaction().execute();
    await sql`SELECT set_config('statement_timeout', '77000', true), set_config('lock_timeout', '66000', true)`.execute(
      transaction,
    );
    await applyMigration(transaction, first);
    const { rows } = await sql`SELECT name, setting::int AS ms FROM pg_settings
      WHERE name IN ('statement_timeout', 'lock_timeout') ORDER BY name`.execute(transaction);
    await transaction.rollback().execute();
    expect(rows).toEqual([
      { name: 'lock_timeout', ms: 66_000 },
      { name: 'statement_timeout', ms: 77_000 },
    ]);
  });
});

describe('migrate', () => {
  it('migrates an empty database and then finds nothing to do', async () => {
    const database = await emptyDatabase();
    const migrations = await readMigrations(MIGRATIONS);
    expect(await appliedMigrations(database.executor)).toEqual([]);
    expect(await migrate(database, migrations)).toBe(migrations.length);
    expect(await migrate(database, migrations)).toBe(0);
    expect((await appliedMigrations(database.executor)).map(({ version }) => version)).toEqual(
      migrations.map(({ version }) => version),
    );
  });

  it('is safe when several programs start together', async () => {
    const address = await createEmptyDatabase();
    const programs = Array.from({ length: 4 }, () => openDatabase(address, () => undefined));
    opened.push(...programs.map((program) => () => program.close()));
    const migrations = await readMigrations(MIGRATIONS);
    const applied = await Promise.all(programs.map((program) => migrate(program, migrations)));
    expect(applied.reduce((sum, count) => sum + count, 0)).toBe(migrations.length);
  });

  it('refuses a schema that is newer than the program', async () => {
    const database = await emptyDatabase();
    await migrate(database, await migrationsWith('CREATE TABLE later (id int)'));
    await expect(migrate(database, await readMigrations(MIGRATIONS))).rejects.toMatchObject({
      code: 'database_too_new',
    });
  });

  it('refuses a migration that was edited after it was applied', async () => {
    const database = await emptyDatabase();
    await migrate(database, await migrationsWith('CREATE TABLE later (id int)'));
    await expect(
      migrate(database, await migrationsWith('CREATE TABLE later (id bigint)')),
    ).rejects.toMatchObject({ code: 'migration_changed' });
  });

  it('leaves the database of another program unchanged, and reports that it is not its own', async () => {
    const database = await emptyDatabase();
    await runStatementText(database.executor, 'CREATE TABLE schema_migrations (version varchar PRIMARY KEY)');
    const refused = { code: 'database_foreign', message: expect.stringContaining('schema_migrations') };
    await expect(migrate(database, await readMigrations(MIGRATIONS))).rejects.toMatchObject(refused);
    await expect(appliedMigrations(database.executor)).rejects.toMatchObject(refused);
    const { rows } = await runStatementText(database.executor, `SELECT to_regclass('scan_jobs') AS scans`);
    expect(rows).toEqual([{ scans: null }]);
  });

  it('keeps nothing of a migration that fails, and reports which', async () => {
    const database = await emptyDatabase();
    const migrations = await migrationsWith('CREATE TABLE half (id int); SELECT 1 / 0;');
    await expect(migrate(database, migrations)).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining('(extra) failed'),
    });
    const { rows } = await runStatementText(database.executor, `SELECT to_regclass('half') AS half`);
    expect(rows).toEqual([{ half: null }]);
    expect(await appliedMigrations(database.executor)).toHaveLength(migrations.length - 1);
  });

  it('gives the schema that is committed in migrations/schema.sql', async () => {
    const database = await emptyDatabase();
    await migrate(database, await readMigrations(MIGRATIONS));
    const committed = await readFile(join(MIGRATIONS, 'schema.sql'), 'utf8');
    expect(await dumpSchema(database.executor), 'run `npm run schema` after a new migration').toBe(committed);
  });
});

describe('readMigrations', () => {
  it('refuses a gap in the numbers', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'scanorama-migrations-'));
    opened.push(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, '0002_second.sql'), 'SELECT 1');
    await expect(readMigrations(directory)).rejects.toThrow('should have number 1');
  });
});
