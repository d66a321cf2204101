import { mkdir, realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { ScanoramaError } from '#domain/error.js';

export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The data directory cannot hold the database: says why and names a place that works. */
export function dataDirUnusable(dataDir: string, why: string, cause?: unknown): ScanoramaError {
  const place = process.geteuid?.() === 0 ? '/var/lib/scanorama' : '~/.local/share/scanorama';
  return new ScanoramaError('data_dir_unusable', why, {
    at: dataDir,
    hint: `Choose a directory on a local disk that this user may write, for example --data-dir ${place}.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Makes the directory where it is missing and gives its one true path, so that all programs agree on it. */
export async function prepareDataDir(dataDir: string): Promise<string> {
  if (!isAbsolute(dataDir)) {
    throw dataDirUnusable(dataDir, `The data directory ${dataDir} is not an absolute path.`);
  }
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    return await realpath(dataDir);
  } catch (error) {
    throw dataDirUnusable(
      dataDir,
      `The data directory ${dataDir} cannot be used: ${reasonOf(error)}.`,
      error,
    );
  }
}
