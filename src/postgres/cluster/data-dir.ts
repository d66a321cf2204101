import { mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { ScanoramaError } from '#domain/errors/error.js';

export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error for a data directory that cannot hold the database, with the reason and a place that works. */
export function dataDirUnusable(dataDir: string, why: string, cause?: unknown): ScanoramaError {
  const place = process.geteuid?.() === 0 ? '/var/lib/scanorama' : '~/.local/share/scanorama';
  return new ScanoramaError('data_dir_unusable', why, {
    at: dataDir,
    hint: `Choose a directory on a local disk that this user may write, for example --data-dir ${place}.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Creates the directory and its missing parents, private to their owner. An existing directory keeps its
 * permissions. Rejects with the error of the system. `recursive: true` does not work: where a directory exists and
 * mkdir in it fails with ENOENT, as in /proc, Node retries forever, and no signal ends it.
 */
export async function makePrivateDirectories(directory: string): Promise<void> {
  if ((await tryToMake(directory)) !== 'parent missing') return;
  await makePrivateDirectories(dirname(directory));
  if ((await tryToMake(directory)) === 'parent missing') {
    throw Object.assign(new Error(`no directory can be made in ${dirname(directory)}`), { code: 'ENOENT' });
  }
}

async function tryToMake(directory: string): Promise<'created' | 'there' | 'parent missing'> {
  try {
    await mkdir(directory, { mode: 0o700 });
    return 'created';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && dirname(directory) !== directory) return 'parent missing';
    // On a read-only disk, mkdir of an existing directory may fail with another code than EEXIST.
    const found = await stat(directory).catch(() => undefined);
    if (found?.isDirectory() === true) return 'there';
    throw error;
  }
}

/** Why the system would not make a directory, as the end of a sentence. */
export function whyNotCreated(error: unknown): string {
  const errno = errnoOf(error);
  return (errno === undefined ? undefined : WHY_NOT_CREATED[errno]) ?? reasonOf(error);
}

const NOT_PERMITTED = 'this user is not permitted to make or enter it';
const FILE_IN_THE_WAY = 'there is a file in its way';
const WHY_NOT_CREATED: Readonly<Record<string, string>> = {
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  EEXIST: FILE_IN_THE_WAY,
  ENOTDIR: FILE_IN_THE_WAY,
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

/** Creates the directory if it is missing and returns its real path, so that all programs use the same one. */
export async function prepareDataDir(dataDir: string): Promise<string> {
  if (!isAbsolute(dataDir)) {
    throw dataDirUnusable(dataDir, `The data directory ${dataDir} is not an absolute path.`);
  }
  try {
    await makePrivateDirectories(dataDir);
    return await realpath(dataDir);
  } catch (error) {
    throw dataDirUnusable(
      dataDir,
      `The data directory ${dataDir} cannot be used: ${reasonOf(error)}.`,
      error,
    );
  }
}
