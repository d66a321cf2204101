import { escapeIdentifier } from 'pg';
import { ScanoramaError } from '#domain/errors/error.js';
import { type BackupHeader, damagedBackup } from '#store/backup/backup-format.js';
import { listTables, tableName, tableNames } from '#store/backup/table-copy.js';
import type { CopySession } from '#store/database/copy-session.js';
import { unlessHeld } from '#store/database/failure.js';
import { appliedMigrations } from '#store/migrations/applied-migrations.js';
import {
  applyMigration,
  holdMigrationLock,
  type Migration,
  refuseForeignSchema,
  refuseOldServer,
} from '#store/migrations/migrate.js';

/** How many tables with rows the refusal of a database names. */
const MAX_NAMED_TABLES = 5;
/**
 * Rows that are none of a person's: what migrations put there themselves, and what a server notes of itself soon after
 * it starts. Every other row of any table is data. A table that a later migration fills is refused until it is named
 * here, never emptied.
 */
const SEEDED_ROWS: Readonly<Record<string, string>> = {
  schema_migrations: 'true',
  scan_status_transitions: 'true',
  integrity_checks: 'true',
  workers: 'true',
  installation: 'true',
  sites: "name = 'default'",
};

const IN_USE = {
  message: 'Another program is at work in this database.',
  hint: 'Stop it, and restore again.',
} as const;

/** Refuses a backup whose schema these migrations did not make: `backup_too_new`, `migration_changed`. */
export function refuseForeignBackup(header: BackupHeader, migrations: readonly Migration[]): void {
  if (header.schema_version > migrations.length) {
    throw new ScanoramaError(
      'backup_too_new',
      `The backup has schema version ${header.schema_version}, and this Scanorama knows versions up to ${migrations.length}.`,
      { hint: `Restore it with Scanorama ${header.product_version}, which wrote it, or a newer one.` },
    );
  }
  if (header.migrations.some(({ version }, index) => version !== index + 1)) throw strangeSchema();
  if (header.migrations.length !== header.schema_version) throw strangeSchema();
  const changed = header.migrations.find(({ checksum }, index) => migrations[index]?.checksum !== checksum);
  if (changed === undefined) return;
  throw new ScanoramaError(
    'migration_changed',
    `Migration ${changed.version} (${changed.name}) is not the one the backup was made with.`,
    { hint: 'Use an unchanged release of Scanorama: a migration is never edited once it was applied.' },
  );
}

const strangeSchema = () => damagedBackup('its list of migrations is not one of Scanorama');

/**
 * In the transaction that restores: leaves the schema of the backup, with nothing in it, and keeps everybody else away
 * until that transaction ends. Throws `database_not_empty`, `conflict` when another program is at work in it, and
 * what `migrate` refuses a database with.
 */
export async function freeCapacity(
  session: CopySession,
  header: BackupHeader,
  migrations: readonly Migration[],
): Promise<void> {
  const { client, executor } = session;
  await refuseOldServer(executor);
  await unlessHeld(() => holdMigrationLock(executor), IN_USE);
  const standing = await appliedMigrations(executor);
  refuseForeignSchema(standing, migrations);
  if (standing.length > 0) await refuseData(session);
  if (standing.length !== header.schema_version) {
    if (standing.length > 0) await dropSchema(session, migrations);
    for (const migration of migrations.slice(0, header.schema_version))
      await applyMigration(executor, migration);
  }
  await client.query(`TRUNCATE ${tableNames(await listTables(client))}`);
}

/** Holds the tables first, so that nothing is stored between the look and the end of the transaction. */
async function refuseData({ client }: CopySession): Promise<void> {
  const tables = await listTables(client);
  const hold = `LOCK TABLE ${tableNames(tables)} IN ACCESS EXCLUSIVE MODE`;
  await unlessHeld(() => client.query(hold), IN_USE);
  const filled: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await client.query(
      `SELECT FROM ${tableName(name)} WHERE NOT (${SEEDED_ROWS[name] ?? 'false'}) LIMIT 1`,
    );
    if ((rowCount ?? 0) > 0) filled.push(name);
  }
  if (filled.length === 0) return;
  const more = filled.length > MAX_NAMED_TABLES ? ' and others' : '';
  throw new ScanoramaError(
    'database_not_empty',
    `The database holds data already (in ${filled.slice(0, MAX_NAMED_TABLES).join(', ')}${more}), and a backup is never mixed with it.`,
    {
      hint: 'Restore into a new place: --data-dir with a directory that does not exist yet, or --database-url with an empty database.',
      facts: { tables: filled },
    },
  );
}

const CREATIONS = /^CREATE (TABLE|FUNCTION) (\w+)/gm;

/**
 * Everything that the migrations made and nothing else: what hangs on it that is not ours, such as a view, makes this
 * fail.
 */
async function dropSchema({ client }: CopySession, migrations: readonly Migration[]): Promise<void> {
  const created = migrations.flatMap(({ statements }) => [...statements.matchAll(CREATIONS)]);
  const named = (kind: string) =>
    created.flatMap(([, what, name = '']) => (what === kind ? [`public.${escapeIdentifier(name)}`] : []));
  await client.query(`DROP TABLE IF EXISTS public.schema_migrations, ${named('TABLE').join(', ')}`);
  await client.query(`DROP FUNCTION IF EXISTS ${named('FUNCTION').join(', ')}`);
}
