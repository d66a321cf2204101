import { constants } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The flag with which Linux creates a file without a name in a directory. Node has no constant for it. The value is the
 * same on every supported machine, and does not include `O_DIRECTORY`, which must be set too.
 */
const O_TMPFILE_BIT = 0o20_000_000;
const MODE = 0o600;

/**
 * Opens a temporary file without a name, for reading and writing. Nothing of it remains when this process is killed. If
 * the file system does not support that, the file has a name for a short time while it is created.
 */
export async function namelessFile(): Promise<FileHandle> {
  if (process.platform === 'linux') {
    const flags = constants.O_RDWR | constants.O_DIRECTORY | O_TMPFILE_BIT;
    const file = await open(tmpdir(), flags, MODE).catch(() => undefined);
    if (file !== undefined) return file;
  }
  return brieflyNamed();
}

async function brieflyNamed(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'scanorama-'));
  try {
    return await open(join(folder, 'nameless'), 'wx+', MODE);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
