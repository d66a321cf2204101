import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { ScanoramaError } from '#domain/errors/error.js';
import { type BackupOptions, backupFailed, writeBackup } from '#store/backup/backup.js';
import type { BackupManifest } from '#store/backup/backup-format.js';
import type { Database } from '#store/database/database.js';

/** What the name of a file ends with until all of it is on disk. */
export const PART_SUFFIX = '.part';

export interface BackupFileOptions extends Omit<BackupOptions, 'path'> {
  /** Replaces a file of this name, and a part of one that was left behind. */
  readonly force?: boolean;
}

export interface WrittenBackup {
  readonly path: string;
  readonly sizeBytes: number;
  readonly manifest: BackupManifest;
}

/**
 * Writes a backup into a file that its owner alone may read. It has the name `<path>.part` until it is whole and on disk,
 * so a file with the final name is whole. A failure or an abort leaves nothing behind. Throws what `writeBackup` throws,
 * and `conflict` where a file stands in the way.
 */
export async function writeBackupFile(
  database: Database,
  path: string,
  { force = false, ...options }: BackupFileOptions,
): Promise<WrittenBackup> {
  try {
    const place = await freePlace(path, force);
    return await inPart(place, force, async (part) => {
      let sizeBytes = 0;
      const write = async (bytes: Uint8Array): Promise<void> => {
        await part.writeFile(bytes);
        sizeBytes += bytes.length;
      };
      const manifest = await writeBackup(database, write, { ...options, path });
      return { path, sizeBytes, manifest };
    });
  } catch (error) {
    throw backupFailed(error, path);
  }
}

/** Where the file itself will be: a link is followed, what is no file is left alone. */
async function freePlace(path: string, force: boolean): Promise<string> {
  const standing = await stat(path).catch(undefinedIfMissing);
  if (standing === undefined) return path;
  if (!standing.isFile()) {
    throw new ScanoramaError('conflict', `${path} is there already, and is no file.`, {
      hint: 'Name a file; `-` writes to the standard output.',
      at: path,
    });
  }
  if (!force) throw inTheWay(path);
  return realpath(path);
}

function inTheWay(path: string): ScanoramaError {
  return new ScanoramaError('conflict', `The file ${path} is there already.`, {
    hint: 'Name another, or replace it with --force.',
    at: path,
  });
}

function undefinedIfMissing(error: unknown): undefined {
  if (errnoOf(error) === 'ENOENT') return undefined;
  throw error;
}

function errnoOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Lends the file that becomes `place` when `fill` has written all of it; otherwise it goes away again. */
async function inPart<Result>(
  place: string,
  force: boolean,
  fill: (part: FileHandle) => Promise<Result>,
): Promise<Result> {
  const path = `${place}${PART_SUFFIX}`;
  const part = await openPart(path, force);
  let done = false;
  try {
    const result = await fill(part);
    await part.sync();
    if (!(await isStill(part, path))) throw inTheWay(path);
    if (!force && (await stat(place).catch(undefinedIfMissing)) !== undefined) throw inTheWay(place);
    await rename(path, place);
    done = true;
    await syncDirectory(dirname(place));
    return result;
  } finally {
    if (!done && (await isStill(part, path))) await rm(path, { force: true }).catch(() => undefined);
    await part.close();
  }
}

async function openPart(path: string, force: boolean): Promise<FileHandle> {
  if (force) await rm(path, { force: true });
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      throw new ScanoramaError('backup_failed', `There is no directory ${dirname(path)} for the backup.`, {
        hint: 'Make it first, or name another file.',
        at: path,
      });
    }
    if (errnoOf(error) !== 'EEXIST') throw error;
    throw new ScanoramaError('conflict', `The file ${path} is there already.`, {
      hint: 'Another backup is being written to it, or was killed; --force begins anew.',
      at: path,
    });
  }
}

/** Whether the name is still that of the open file: one who was told to replace it may have taken it. */
async function isStill(part: FileHandle, path: string): Promise<boolean> {
  const [own, named] = await Promise.all([part.stat(), stat(path).catch(() => undefined)]);
  return named !== undefined && own.dev === named.dev && own.ino === named.ino;
}

/** Makes a private directory whose name lasts through a power cut. */
export async function makeBackupDirectory(directory: string): Promise<void> {
  const created = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (created !== undefined) await syncDirectory(dirname(directory));
}

/** Makes the names in a directory last through a power cut; Windows has no such call and needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (platform() === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
