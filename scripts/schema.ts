import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '#postgres/use/embedded.js';
import { openDatabase } from '#store/database/database.js';
import { migrate, readMigrations } from '#store/migrations/migrate.js';
import { dumpSchema } from '../test/support/database/schema-dump.ts';

// Writes migrations/schema.sql from a fresh database, after a migration was added.
const migrations = join(import.meta.dirname, '..', 'migrations');
const dataDir = await mkdtemp(join(tmpdir(), 'scanorama-schema-'));
const postgres = await openEmbedded({ dataDir, log: () => undefined, signal: new AbortController().signal });
const database = openDatabase(postgres.connection, () => undefined);
try {
  await migrate(database, await readMigrations(migrations));
  await writeFile(join(migrations, 'schema.sql'), await dumpSchema(database.executor));
} finally {
  await database.close();
  await postgres.close();
  await rm(dataDir, { recursive: true, force: true });
}
