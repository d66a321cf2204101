import { openConfiguredDatabase } from '#app/database/database.js';
import { isStored, nothingStored } from '#app/database/stored-data.js';
import type { AppIo, BackupRequest, PlaceFlags } from '#app/interface.js';
import { packageVersion } from '#app/package-root.js';
import { Releasers } from '#app/serve/releasers.js';
import { readSettings, type Settings } from '#config/settings.js';
import type { BackupDescription, BackupReport } from '#contract/workers/backup.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { writeBackup } from '#store/backup/backup.js';
import { writeBackupFile } from '#store/backup/backup-file.js';
import type { BackupManifest } from '#store/backup/backup-format.js';
import type { Database } from '#store/database/database.js';

/** Reaches the database beside whoever else uses it; a server on the same data directory goes on. */
export async function backupDatabase(
  request: BackupRequest,
  flags: PlaceFlags,
  io: AppIo,
): Promise<BackupReport> {
  const settings = readSettings(flags);
  refuseRemote('backup', settings, flags);
  if (!(await isStored(settings))) throw nothingStored(settings);
  const releasers = new Releasers();
  try {
    const { database } = await openConfiguredDatabase(settings, io, { releasers });
    return await write(database, request, io);
  } finally {
    await releasers.release();
  }
}

async function write(
  database: Database,
  { to, force, progress }: BackupRequest,
  { signal }: AppIo,
): Promise<BackupReport> {
  const options = { productVersion: await packageVersion(), progress, signal };
  if (typeof to === 'string') {
    const { sizeBytes, manifest } = await writeBackupFile(database, to, { ...options, force });
    return { file: to, size_bytes: sizeBytes, ...describeBackup(manifest) };
  }
  let sizeBytes = 0;
  const counting = async (bytes: Uint8Array): Promise<void> => {
    await to(bytes);
    sizeBytes += bytes.length;
  };
  const manifest = await writeBackup(database, counting, options);
  return { file: '-', size_bytes: sizeBytes, ...describeBackup(manifest) };
}

export function describeBackup(manifest: BackupManifest): BackupDescription {
  const { tables } = manifest;
  return {
    created_at: manifest.created_at,
    product_version: manifest.product_version,
    format_version: manifest.format_version,
    schema_version: manifest.schema_version,
    left_out: manifest.left_out,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    tables: tables.map(({ name, rows, sha256 }) => ({ name, rows, sha256 })),
  };
}

/** An environment that names a server means the data there, which these verbs would leave alone in silence. */
export function refuseRemote(command: 'backup' | 'restore', settings: Settings, flags: PlaceFlags): void {
  if (settings.server === undefined || flags.dataDir !== undefined || flags.databaseUrl !== undefined) return;
  throw new ScanoramaError(
    'usage',
    `\`scanorama ${command}\` works on the machine that has the data, and the environment names the server ${settings.server}.`,
    {
      hint: 'Run it on that machine, or say where the data is with --data-dir or --database-url.',
      at: 'SCANORAMA_SERVER',
    },
  );
}
