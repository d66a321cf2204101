import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import { backupFailed } from '#store/backup/backup.js';
import { makeBackupDirectory, writeBackupFile } from '#store/backup/backup-file.js';
import type { Database, Executor } from '#store/database/database.js';

/** How many backups made before upgrades are kept, the newest one among them. */
export const MAX_KEPT_BACKUPS = 5;

/** `before-schema-<version it was made for>-<UTC time>.backup`; a `.part` is left by a program that was killed. */
const NAME_PATTERN = /^before-schema-\d+-(\d{8}T\d{6}Z)\.backup(\.part)?$/;

export interface UpgradeBackupOptions {
  /** Where backups go; without it a database that holds data is not upgraded. */
  readonly backupDirectory?: string | undefined;
  /** The version of this program, for what a backup says of itself. */
  readonly productVersion?: string | undefined;
  /** Takes one sentence for the person. */
  readonly notice?: ((sentence: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Backs the database up before it goes from one schema version to another, says where, and removes the
 * oldest of the earlier ones. The caller holds the migration lock. Throws what `writeBackupFile` throws.
 */
export async function backUpBeforeUpgrade(
  database: Database,
  versions: { readonly from: number; readonly to: number },
  { backupDirectory, productVersion = 'unknown', notice = () => undefined, signal }: UpgradeBackupOptions,
): Promise<void> {
  if (backupDirectory === undefined) {
    throw new ScanoramaError(
      'backup_failed',
      'The database holds data, and no directory is named for the backup before its upgrade.',
    );
  }
  await removeAbandoned(backupDirectory);
  const name = `before-schema-${versions.to}-${await timeForName(database.executor)}.backup`;
  const path = join(backupDirectory, name);
  await makeBackupDirectory(backupDirectory).catch((error: unknown) => {
    throw backupFailed(error, path);
  });
  await writeBackupFile(database, path, { productVersion, signal });
  notice(
    `The database is upgraded from schema ${versions.from} to ${versions.to}; a backup was written to ${path}.`,
  );
  await removeOutnumbered(backupDirectory, name, notice);
}

async function timeForName(executor: Executor): Promise<string> {
  const { rows } = await sql<{ time: string }>`
    SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') AS time`.execute(executor);
  return rows[0]?.time ?? '';
}

interface Standing {
  readonly name: string;
  readonly time: string;
  readonly partial: boolean;
}

/** The files that this file's naming accounts for, newest first; nothing else is ever removed. */
async function listBackups(directory: string): Promise<readonly Standing[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .flatMap((entry): readonly Standing[] => {
      const [, time, partial] = (entry.isFile() ? NAME_PATTERN.exec(entry.name) : null) ?? [];
      return time === undefined ? [] : [{ name: entry.name, time, partial: partial !== undefined }];
    })
    .sort((a, b) => b.time.localeCompare(a.time));
}

/** Half-written ones of programs that were killed would pile up, since each start tries anew. */
async function removeAbandoned(directory: string): Promise<void> {
  // A directory that is not there or cannot be read is for the writing of the backup to create or to report.
  const standing = await listBackups(directory).catch(() => []);
  for (const { name, partial } of standing) {
    if (partial) await rm(join(directory, name), { force: true }).catch(() => undefined);
  }
}

/** The new one is kept whatever its time says: a clock may have been set back. */
async function removeOutnumbered(
  directory: string,
  newest: string,
  notice: (sentence: string) => void,
): Promise<void> {
  const earlier = (await listBackups(directory)).filter(({ name, partial }) => !partial && name !== newest);
  for (const { name } of earlier.slice(MAX_KEPT_BACKUPS - 1)) {
    const path = join(directory, name);
    await rm(path, { force: true }).catch((error: unknown) => {
      notice(
        `The old backup ${path} could not be removed: ${error instanceof Error ? error.message : String(error)}.`,
      );
    });
  }
}
