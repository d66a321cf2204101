import { constants } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { errnoOf } from '#postgres/cluster/data-dir.js';

/** What PostgreSQL writes into postmaster.pid, as far as we need it. */
export interface LockFile {
  readonly pid: number;
  /** As passed to the server: absolute, or relative to the cluster. */
  readonly socketDirectory: string | undefined;
  /** `starting`, `stopping`, `ready` or `standby`; undefined before the server has written it. */
  readonly status: string | undefined;
}

const SOCKET_DIRECTORY_LINE = 4;
const STATUS_LINE = 7;
const LIMIT_BYTES = 8192;

/** Undefined for text that names no process, such as a file caught before its first line was written. */
export function parseLockFile(text: string): LockFile | undefined {
  const lines = text.split('\n');
  const pid = /^-?\d{1,10}$/.test(lines[0] ?? '') ? Math.abs(Number(lines[0])) : 0;
  if (pid === 0) return undefined;
  return {
    pid,
    socketDirectory: lines[SOCKET_DIRECTORY_LINE]?.trim() || undefined,
    status: lines[STATUS_LINE]?.trim() || undefined,
  };
}

/** The file's text, or undefined when there is no file. A symbolic link is not followed. */
export async function readLockFile(path: string): Promise<string | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(LIMIT_BYTES), 0, LIMIT_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function removeLockFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
}
