import { join } from 'node:path';
import { unreachableDatabase } from '#app/database/database-failure.js';
import type { AppIo } from '#app/interface.js';
import { packageVersion } from '#app/package-root.js';
import type { Releasers } from '#app/serve/releasers.js';
import type { Settings } from '#config/settings.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { makePrivateDirectories, whyNotCreated } from '#postgres/cluster/data-dir.js';
import { openEmbedded } from '#postgres/use/embedded.js';
import { type Database, type DatabaseAddress, openDatabase } from '#store/database/database.js';
import type { UpgradeBackupOptions } from '#store/migrations/upgrade-backup.js';

export interface OpenedDatabase {
  readonly address: DatabaseAddress;
  readonly database: Database;
  readonly embedded: boolean;
}

export interface OpenDatabaseOptions {
  readonly releasers: Releasers;
  /** Hears of connections that break; queries on them fail by themselves. */
  readonly onConnectionError?: (error: Error) => void;
  /** Called, once or more often, while the database is waited for; not where the embedded one runs already. */
  readonly onWait?: () => void;
}

/** Reaches the database that the settings name, or starts the embedded one; changes nothing in it. */
export async function openConfiguredDatabase(
  settings: Settings,
  io: AppIo,
  { releasers, onConnectionError = () => undefined, onWait = () => undefined }: OpenDatabaseOptions,
): Promise<OpenedDatabase> {
  const embedded = settings.databaseUrl === undefined;
  const address = embedded
    ? await startEmbedded(settings, io, { releasers, onWait })
    : { connectionString: settings.databaseUrl };
  const database = openDatabase(address, onConnectionError);
  releasers.add(() => database.close());
  if (settings.databaseUrl !== undefined) {
    onWait();
    await reach(database, settings.databaseUrl);
  }
  return { address, database, embedded };
}

/** Makes the first connection, which stays in the pool. Throws `database_unavailable`. */
async function reach({ pool }: Database, url: string): Promise<void> {
  try {
    (await pool.connect()).release();
  } catch (error) {
    throw unreachableDatabase(url, error);
  }
}

async function startEmbedded(
  settings: Settings,
  io: AppIo,
  { releasers, onWait }: Required<Pick<OpenDatabaseOptions, 'releasers' | 'onWait'>>,
): Promise<DatabaseAddress> {
  await makeDataDir(settings.dataDir);
  const postgres = await openEmbedded({
    dataDir: settings.dataDir,
    log: ({ level, message }) => (level === 'routine' ? io.routine(message) : io.notice(message)),
    signal: io.signal,
    onStarting: onWait,
  });
  releasers.add(() => postgres.close());
  return postgres.connection;
}

/** Private to its owner, unless it was there before with other rights. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await makePrivateDirectories(dataDir);
  } catch (error) {
    const sentence = `The data directory ${dataDir} cannot be used: ${whyNotCreated(error)}.`;
    throw new ScanoramaError('data_dir_unusable', sentence, {
      hint: 'Name another with --data-dir or SCANORAMA_DATA_DIR.',
      cause: error,
    });
  }
}

/** What a database that already holds data needs before it is migrated. */
export async function upgradeOptions(settings: Settings, io: AppIo): Promise<UpgradeBackupOptions> {
  return {
    backupDirectory: join(settings.dataDir, 'backups'),
    productVersion: await packageVersion(),
    notice: (sentence) => io.notice(sentence),
    signal: io.signal,
  };
}
