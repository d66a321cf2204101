import { sql } from 'kysely';
import { ScanoramaError } from '#domain/error.js';
import type { Executor } from '#store/database.js';

export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: Date;
}

const OUR_COLUMNS: readonly string[] = ['applied_at', 'checksum', 'name', 'version'];

/**
 * What has been applied, oldest first; empty for a fresh database. `database_foreign` when the table of
 * that name is another program's: ours would stand among its tables.
 */
export async function appliedMigrations(executor: Executor): Promise<readonly AppliedMigration[]> {
  const { rows: columns } = await sql<{ name: string }>`
    SELECT attname AS name FROM pg_attribute
    WHERE attrelid = to_regclass('schema_migrations') AND attnum > 0 AND NOT attisdropped
    ORDER BY attname`.execute(executor);
  if (columns.length === 0) return [];
  if (columns.map(({ name }) => name).join() !== OUR_COLUMNS.join()) throw foreignDatabase();
  const { rows } = await sql<AppliedMigration>`
    SELECT version, name, checksum, applied_at AS "appliedAt" FROM schema_migrations ORDER BY version`.execute(
    executor,
  );
  return rows;
}

function foreignDatabase(): ScanoramaError {
  return new ScanoramaError(
    'database_foreign',
    'The database belongs to another program: its table schema_migrations is not one of Scanorama.',
    { hint: 'Create a database for Scanorama alone, and name it with --database-url or DATABASE_URL.' },
  );
}
