import { presentIntegrity } from '#api/routes/health/presenter.js';
import { describeBackup, refuseRemote } from '#app/database/backup.js';
import { type OpenedDatabase, openConfiguredDatabase } from '#app/database/database.js';
import type { AppIo, PlaceFlags, RestoreRequest } from '#app/interface.js';
import { MIGRATIONS_DIRECTORY } from '#app/package-root.js';
import { Releasers } from '#app/serve/releasers.js';
import { readSettings, type Settings } from '#config/settings.js';
import { NAMED_HELD_SCANS, NAMED_STOPPED_SCHEDULES, type RestoreReport } from '#contract/workers/backup.js';
import { systemClock } from '#net/send/system-clock.js';
import { BackupReader } from '#store/backup/backup-reader.js';
import { type RestoredBackup, restoreBackup } from '#store/backup/restore.js';
import { refuseForeignBackup } from '#store/backup/restore-target.js';
import { withScratchDatabase } from '#store/backup/scratch-database.js';
import type { Database } from '#store/database/database.js';
import { createStore } from '#store/database/store.js';
import { type Migration, readMigrations } from '#store/migrations/migrate.js';
import { createLog } from '#telemetry/log.js';
import { createMetrics } from '#telemetry/metrics.js';
import { verifyData } from '#work/health/verify-data.js';
import { finishRestored } from '#work/retention/finish-restore.js';

/** What one restore is about. */
interface Restoring {
  readonly request: RestoreRequest;
  readonly backup: BackupReader;
  readonly migrations: readonly Migration[];
  readonly settings: Settings;
  readonly io: AppIo;
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
    const restoring: Restoring = { request, backup, migrations, settings, io };
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
  const { request, backup, migrations, settings, io } = restoring;
  const metrics = createMetrics();
  const log = createLog(settings.logLevel ?? 'silent');
  const context = { store: createStore(database, metrics), metrics, log, clock: systemClock };
  const restored = await restoreBackup(database, backup, {
    migrations,
    complete: (executor) => finishRestored(context, executor, request),
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
    held_scans: restored.completed.heldScans.length,
    held_scan_ids: restored.completed.heldScans.slice(0, NAMED_HELD_SCANS),
    stopped_schedules: restored.completed.stoppedSchedules.length,
    stopped_schedule_names: restored.completed.stoppedSchedules.slice(0, NAMED_STOPPED_SCHEDULES),
    keys: { usable: restored.completed.usableKeys, revoked: restored.completed.revokedKeys },
    integrity,
  };
}

function countsOf({ manifest, stored }: RestoredBackup<unknown>): RestoreReport['tables'] {
  return manifest.tables.map(({ name, rows }, index) => ({ name, rows, stored: stored[index] ?? 0 }));
}
