import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';

export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: Date;
}

const OUR_COLUMNS: readonly string[] = ['applied_at', 'checksum', 'name', 'version'];

/** How many of another program's tables the refusal of its database names. */
const MAX_NAMED_TABLES = 3;

/**
 * What has been applied, oldest first; empty for a fresh database. `database_foreign` where another program's tables
 * stand, with or without one of that name: ours would stand among them.
 */
export async function appliedMigrations(executor: Executor): Promise<readonly AppliedMigration[]> {
  const { rows: columns } = await sql<{ name: string }>`
    SELECT attname AS name FROM pg_attribute
    WHERE attrelid = to_regclass('schema_migrations') AND attnum > 0 AND NOT attisdropped
    ORDER BY attname`.execute(executor);
  if (columns.length === 0) {
    const others = await tablesOf(executor);
    if (others.length > 0) throw foreignDatabase(`it holds ${others.join(', ')}, and no table of Scanorama`);
    return [];
  }
  if (columns.map(({ name }) => name).join() !== OUR_COLUMNS.join())
    throw foreignDatabase('its table schema_migrations is not one of Scanorama');
  const { rows } = await sql<AppliedMigration>`
    SELECT version, name, checksum, applied_at AS "appliedAt" FROM schema_migrations ORDER BY version`.execute(
    executor,
  );
  return rows;
}

/** The first tables where ours would be made, and that there are more; those of extensions are nobody's. */
async function tablesOf(executor: Executor): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT relname::text AS name FROM pg_class
    WHERE relnamespace = to_regnamespace(current_schema()) AND relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
    ORDER BY relname LIMIT ${MAX_NAMED_TABLES + 1}`.execute(executor);
  const names = rows.map(({ name }) => name);
  return names.length > MAX_NAMED_TABLES ? [...names.slice(0, MAX_NAMED_TABLES), 'and more'] : names;
}

function foreignDatabase(why: string): ScanoramaError {
  return new ScanoramaError('database_foreign', `The database belongs to another program: ${why}.`, {
    hint: 'Create a database for Scanorama alone, and name it with --database-url or DATABASE_URL.',
  });
}
