import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Layout } from '#postgres/cluster/layout.js';
import { SOCKET_NAME } from '#postgres/cluster/settings.js';
import { readLockFile, removeLockFile } from '#postgres/process/lock-file.js';
import {
  processStatus,
  seeProcess,
  serverProcesses,
  signalServer,
  within,
} from '#postgres/process/server-process.js';
import { serverState } from '#postgres/process/server-state.js';

/** A lock file without a process number is either damaged or only just created. */
const HALF_WRITTEN_MS = 300;
/** Backends whose server was killed exit by themselves when they next wait. */
const ORPHANS_LEAVE_MS = 3_000;
const ORPHANS_QUIT_MS = 2_000;
const ORPHANS_DIE_MS = 5_000;

/**
 * Cleans up after a server that died: waits for its orphaned backends, which still hold its memory, and removes
 * its lock files, so that PostgreSQL does not take a reused process number for a server. Logs in one sentence what
 * it found and did. It never touches a lock file of a running server.
 */
export async function clearLeftover(layout: Layout, warn: (message: string) => void): Promise<void> {
  let state = await serverState(layout);
  if (state.kind === 'stale' && state.pid === undefined) {
    await sleep(HALF_WRITTEN_MS);
    state = await serverState(layout);
  }
  if (state.kind !== 'stale') return;
  const orphans = await dismissOrphans(layout.cluster);
  if (orphans === undefined) return;
  const holder = state.pid === undefined ? 'named no process' : await describe(state.pid, layout);
  if ((await readLockFile(layout.lockFile)) !== state.text) return;
  await removeLockFile(join(state.socketDirectory, `${SOCKET_NAME}.lock`));
  await removeLockFile(layout.lockFile);
  const waited = orphans > 0 ? ` after ${orphans} of its processes had been waited for` : '';
  warn(
    `The database's lock file ${layout.lockFile} was left by a server that did not stop properly (it ${holder}), so it was removed${waited}.`,
  );
}

async function describe(pid: number, layout: Layout): Promise<string> {
  const named = `named process ${pid}, which`;
  const seen = await seeProcess(pid, layout.cluster);
  const program = seen === undefined ? (await processStatus(pid))?.name : basename(seen.program);
  return program === undefined ? `${named} no longer runs` : `${named} is now another program, ${program}`;
}

/**
 * How many orphans there were. Undefined when the processes belong to a running server. Orphans get time to exit,
 * then SIGQUIT, then SIGKILL.
 */
async function dismissOrphans(cluster: string): Promise<number | undefined> {
  const { pids, complete } = await serverProcesses(cluster);
  if (complete) return undefined;
  const gone = async () => (await serverProcesses(cluster)).pids.length === 0;
  if (pids.length === 0 || (await within(ORPHANS_LEAVE_MS, gone))) return pids.length;
  for (const [signal, patienceMs] of [
    ['SIGQUIT', ORPHANS_QUIT_MS],
    ['SIGKILL', ORPHANS_DIE_MS],
  ] as const) {
    for (const pid of pids) await signalServer(pid, cluster, signal);
    if (await within(patienceMs, gone)) break;
  }
  return pids.length;
}
