import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '#postgres/cluster/data-dir.js';

const POLL_MS = 10;

/** What the system knows of a process: its program's path, and whether it works in the cluster. */
export interface SeenProcess {
  readonly program: string;
  readonly inCluster: boolean;
}

/** Undefined for a process that does not exist, is a zombie, or may not be inspected by this user. */
export async function seeProcess(pid: number, cluster: string): Promise<SeenProcess | undefined> {
  try {
    const program = (await readlink(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, '');
    const [there, here] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(cluster)]);
    return { program, inCluster: there.dev === here.dev && there.ino === here.ino };
  } catch {
    return undefined;
  }
}

/** Process numbers are reused, so only the program and the working directory identify the cluster's server. */
export async function isServer(pid: number, cluster: string): Promise<boolean> {
  const seen = await seeProcess(pid, cluster);
  return seen?.inCluster === true && basename(seen.program) === 'postgres';
}

/** The cluster's server processes. With `complete`, one of them is the parent of the others: a server is running. */
export async function serverProcesses(cluster: string): Promise<{ pids: number[]; complete: boolean }> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const pids: number[] = [];
  for (const pid of all) if (await isServer(pid, cluster)) pids.push(pid);
  const parents = await Promise.all(pids.map(async (pid) => (await processStatus(pid))?.parent ?? 0));
  return { pids, complete: parents.some((parent) => pids.includes(parent)) };
}

/** From /proc/PID/stat, which all users may read. Undefined for a process that does not exist or has ended. */
export async function processStatus(pid: number): Promise<{ name: string; parent: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(text) ?? [];
  if (name === undefined || state === 'Z' || state === 'X') return undefined;
  return { name, parent: Number(parent) };
}

/** Sends a signal to a process that is still a server of the cluster. Has no effect if it has ended meanwhile. */
export async function signalServer(pid: number, cluster: string, signal: NodeJS.Signals): Promise<void> {
  if (!(await isServer(pid, cluster))) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** Whether `done` came true within the time. */
export async function within(timeoutMs: number, done: () => Promise<boolean>): Promise<boolean> {
  const deadline = AbortSignal.timeout(timeoutMs);
  while (!(await done())) {
    if (deadline.aborted) return false;
    await sleep(POLL_MS);
  }
  return true;
}
