import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Migration, readMigrations } from '#store/migrations/migrate.js';

export interface ExtraMigrations {
  readonly migrations: readonly Migration[];
  readonly remove: () => Promise<void>;
}

/** The migrations and more after them, each given as the text of its file. */
export async function extraMigrations(texts: readonly string[]): Promise<ExtraMigrations> {
  const directory = await mkdtemp(join(tmpdir(), 'scanorama-migrations-'));
  const known = await readMigrations(join(import.meta.dirname, '..', '..', '..', 'migrations'));
  const extra = texts.map((statements, index) => ({
    version: known.length + index + 1,
    name: 'extra',
    statements,
  }));
  for (const { version, name, statements } of [...known, ...extra]) {
    await writeFile(join(directory, `${String(version).padStart(4, '0')}_${name}.sql`), statements);
  }
  return {
    migrations: await readMigrations(directory),
    remove: () => rm(directory, { recursive: true }),
  };
}
