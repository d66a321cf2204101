import { presentIntegrity } from '#api/routes/health/presenter.js';
import { describeBackup, refuseRemote } from '#app/backup.js';
import { type OpenedDatabase, openConfiguredDatabase } from '#app/database.js';
import type { AppIo, PlaceFlags, RestoreRequest } from '#app/interface.js';
import { MIGRATIONS_DIRECTORY } from '#app/package-root.js';
import { openProber } from '#app/prober.js';
import { Releasers } from '#app/releasers.js';
import { createWorkContext } from '#app/work-context.js';
import { readSettings, type Settings } from '#config/settings.js';
import type { RestoreReport } from '#contract/backup.js';
import { BackupReader } from '#store/backup-reader.js';
import type { Database } from '#store/database.js';
import { type Migration, readMigrations } from '#store/migrate.js';
import { type RestoredBackup, restoreBackup } from '#store/restore.js';
import { refuseForeignBackup } from '#store/restore-target.js';
import { withScratchDatabase } from '#store/scratch-database.js';
import { createStore } from '#store/store.js';
import { createLog } from '#telemetry/log.js';
import { createMetrics } from '#telemetry/metrics.js';
import type { WorkContext } from '#work/context.js';
import { settleRestoredScans } from '#work/settle-scan.js';
import { verifyData } from '#work/verify-data.js';

/** What one restore is about. */
interface Restoring {
  readonly request: RestoreRequest;
  readonly backup: BackupReader;
  readonly migrations: readonly Migration[];
  readonly settings: Settings;
  readonly io: AppIo;
  readonly releasers: Releasers;
}

/** Looks at the backup first, so that one that cannot be restored makes no database. */
export async function restoreDatabase(
  request: RestoreRequest,
  flags: PlaceFlags,
  io: AppIo,
): Promise<RestoreReport> {
  const settings = readSettings(flags);
  refuseRemote('restore', settings, flags);
  const migrations = await readMigrations(MIGRATIONS_DIRECTORY);
  const backup = await BackupReader.open(request.from);
  refuseForeignBackup(backup.header, migrations);
  const releasers = new Releasers();
  try {
    const opened = await openConfiguredDatabase(settings, io, { releasers });
    const restoring: Restoring = { request, backup, migrations, settings, io, releasers };
    return await (request.drill ? drill(opened, restoring) : restoreInto(opened.database, restoring));
  } finally {
    await releasers.release();
  }
}

function drill({ database, address }: OpenedDatabase, restoring: Restoring): Promise<RestoreReport> {
  return withScratchDatabase(database, address, ({ name, database: scratch }) => {
    restoring.io.routine(`Made the scratch database ${name}.`);
    return restoreInto(scratch, restoring);
  });
}

async function restoreInto(database: Database, restoring: Restoring): Promise<RestoreReport> {
  const { request, backup, migrations, io } = restoring;
  const context = await visitingContext(database, restoring);
  const restored = await restoreBackup(database, backup, {
    migrations,
    settle: (executor) => settleRestoredScans(context, executor),
    progress: request.progress,
    signal: io.signal,
  });
  io.routine('All of the backup is restored, and is checked now.');
  const integrity = presentIntegrity(await verifyData(context, io.signal));
  return {
    drill: request.drill,
    backup: describeBackup(restored.manifest),
    tables: countsOf(restored),
    schema_version: migrations.length,
    waiting_scans: restored.settled,
    integrity,
  };
}

function countsOf({ manifest, stored }: RestoredBackup<unknown>): RestoreReport['tables'] {
  return manifest.tables.map(({ name, rows }, index) => ({ name, rows, stored: stored[index] ?? 0 }));
}

/** For work on a database in which nothing is started: no process probes for it, and no queue is there. */
async function visitingContext(database: Database, { settings, releasers }: Restoring): Promise<WorkContext> {
  const log = createLog(settings.logLevel ?? 'silent');
  const metrics = createMetrics();
  const prober = await openProber(settings.prober, log);
  releasers.add(() => prober.close());
  return createWorkContext(settings.work, {
    store: createStore(database, metrics),
    log,
    metrics,
    prober,
    enqueueShards: () => Promise.reject(new Error('a restore starts no scan')),
  });
}
