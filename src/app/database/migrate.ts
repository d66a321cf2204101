import { openConfiguredDatabase, upgradeOptions } from '#app/database/database.js';
import { isStored, nothingStored } from '#app/database/stored-data.js';
import type { AppIo, PlaceFlags } from '#app/interface.js';
import { MIGRATIONS_DIRECTORY } from '#app/package-root.js';
import { Releasers } from '#app/serve/releasers.js';
import { readSettings } from '#config/settings.js';
import type { MigrationStatus } from '#contract/workers/health.js';
import { appliedMigrations } from '#store/migrations/applied-migrations.js';
import { migrate, readMigrations } from '#store/migrations/migrate.js';

/** Applies what is missing (`up`) or only says what is (`status`). */
export async function migrateDatabase(
  action: 'up' | 'status',
  flags: PlaceFlags,
  io: AppIo,
): Promise<MigrationStatus> {
  const releasers = new Releasers();
  try {
    const settings = readSettings(flags);
    if (action === 'status' && !(await isStored(settings))) throw nothingStored(settings);
    const { database } = await openConfiguredDatabase(settings, io, { releasers });
    const migrations = await readMigrations(MIGRATIONS_DIRECTORY);
    if (action === 'up') await migrate(database, migrations, await upgradeOptions(settings, io));
    const applied = await appliedMigrations(database.executor);
    return {
      current: applied.at(-1)?.version ?? 0,
      latest: migrations.length,
      migrations: migrations.map(({ version, name }) => ({
        version,
        name,
        applied_at: applied.find((row) => row.version === version)?.appliedAt.toISOString() ?? null,
      })),
    };
  } finally {
    await releasers.release();
  }
}
