import { resolve } from 'node:path';
import type { Layout } from '#postgres/cluster/layout.js';
import { parseLockFile, readLockFile } from '#postgres/process/lock-file.js';
import { isServer } from '#postgres/process/server-process.js';

/**
 * What the lock file and the system's processes show about the server:
 * - `absent`: no lock file, so it is not running;
 * - `changing`: it runs and is starting or stopping;
 * - `ready`: it runs and takes connections;
 * - `stale`: the lock file names no server of ours that can be seen from here.
 */
export type ServerState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'changing'; readonly pid: number }
  | { readonly kind: 'ready'; readonly pid: number; readonly socketDirectory: string }
  | {
      readonly kind: 'stale';
      readonly text: string;
      readonly pid: number | undefined;
      readonly socketDirectory: string;
    };

export async function serverState(layout: Layout): Promise<ServerState> {
  const text = await readLockFile(layout.lockFile);
  if (text === undefined) return { kind: 'absent' };
  const lock = parseLockFile(text);
  const socketDirectory =
    lock?.socketDirectory === undefined ? layout.run : resolve(layout.cluster, lock.socketDirectory);
  if (lock === undefined || !(await isServer(lock.pid, layout.cluster))) {
    return { kind: 'stale', text, pid: lock?.pid, socketDirectory };
  }
  if (lock.status !== 'ready') return { kind: 'changing', pid: lock.pid };
  return { kind: 'ready', pid: lock.pid, socketDirectory };
}
