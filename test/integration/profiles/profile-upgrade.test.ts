import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '#store/database/database.js';
import { applyMigration, migrate, readMigrations } from '#store/migrations/migrate.js';
import { createEmptyDatabase } from '../../support/database/database.ts';

let database: Database;
beforeAll(async () => {
  database = openDatabase(await createEmptyDatabase(), () => undefined);
});
afterAll(() => database.close());

test('scans from before there were profiles show their settings', async () => {
  const migrations = await readMigrations(join(import.meta.dirname, '..', '..', '..', 'migrations'));
  const at = migrations.findIndex(({ name }) => name === 'scan_profiles');
  await migrate(database, migrations.slice(0, at));
  for (const [type, engine] of [
    ['auto', 'connect'],
    ['auto', 'syn'],
    ['version', 'nmap'],
    ['aggressive', 'nmap'],
    ['comprehensive', 'nmap'],
    ['import', 'import'],
  ])
    await sql`
      INSERT INTO scan_jobs (uid, site_id, scan_type, engine, targets, plan_version, target_ranges, ports, seed, positions, created_by)
      VALUES (gen_random_uuid(), 1, ${type}, ${engine}, '{a}', 1, '{a}', '1', 1, 1, 'test')`.execute(
      database.executor,
    );
  const migration = migrations[at];
  if (migration === undefined) throw new Error('there is no migration of profiles');
  await applyMigration(database.executor, migration);
  const { rows } = await sql<{ reported: string }>`
    SELECT concat_ws(' ', scan_type, engine, retries, timeout_ms, concurrency, timing, version_intensity, scripts, os_detection) AS reported
    FROM scan_jobs ORDER BY id`.execute(database.executor);
  expect(rows.map(({ reported }) => reported)).toEqual([
    'auto connect 1 900 1000',
    'auto syn 1 900',
    'version nmap 1 7 none f',
    'aggressive nmap 1 7 default t',
    'comprehensive nmap 1 7 safe t',
    'import import',
  ]);
});
