import { constants } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Linux makes a file that never has a name when it is asked for it in a directory. Node does not name the bit, which is
 * the same on every machine that it runs on, without the one for a directory that belongs to it.
 */
const O_TMPFILE_BIT = 0o20_000_000;
const MODE = 0o600;

/**
 * A file of our own, to read and write, that has no name: nothing is left of it when this process is killed, whenever that
 * is. Where the file system cannot do that it has a name for the moment in which it is made.
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
