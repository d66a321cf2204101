import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { layoutOf } from '#postgres/cluster/layout.js';
import { serverProcesses, signalServer } from '#postgres/process/server-process.js';

/*
 * The guard of a torture: waits for the end of its channel. Where whoever holds the other end said `done` first, there
 * is nothing to do. Else it was killed, and what it started is ended here, by what it is and where it works and never
 * by a number alone: a process number may belong to somebody else by now.
 */

/** Something may just be starting something else; what is found gone twice is gone. */
const IDLE_POLLS = 2;
const POLL_PAUSE_MS = 250;
const MAX_POSITIONS_EXAMINED = 60;
const REMOVAL = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 } as const;

const [, , directory = ''] = process.argv;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
if ((await text(process.stdin)) !== 'done' && directory !== '') {
  await endAllIn(directory);
  await removeAll(directory);
}

async function endAllIn(place: string): Promise<void> {
  for (let polls = 0, idle = 0; polls < MAX_POSITIONS_EXAMINED && idle < IDLE_POLLS; polls += 1) {
    const ended = (await endServers(place)) + (await endDatabases(place));
    idle = ended === 0 ? idle + 1 : 0;
    await sleep(POLL_PAUSE_MS);
  }
}

/** What made a database while its parent was killed may still write, and ends when it finds nothing there. */
async function removeAll(place: string): Promise<void> {
  for (let polls = 0, idle = 0; polls < MAX_POSITIONS_EXAMINED && idle < IDLE_POLLS; polls += 1) {
    const isThere = (await stat(place).catch(() => undefined)) !== undefined;
    idle = isThere ? 0 : idle + 1;
    await rm(place, REMOVAL).catch(() => undefined);
    await sleep(POLL_PAUSE_MS);
  }
}

/** Servers whose data directory lies in the place; one that stands still dies of this too. Their probers follow. */
async function endServers(place: string): Promise<number> {
  let ended = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const names = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const at = names.indexOf('--data-dir');
    if (!names.includes('serve') || at < 0 || !(names[at + 1] ?? '').startsWith(place + sep)) continue;
    ended += 1;
    kill(Number(name));
  }
  return ended;
}

/** Every process of a cluster of ours: the others notice the death of their parent late. */
async function endDatabases(place: string): Promise<number> {
  let ended = 0;
  for (const dataDir of await dataDirsIn(place)) {
    const { cluster } = layoutOf(dataDir);
    const { pids } = await serverProcesses(cluster);
    for (const pid of pids) await signalServer(pid, cluster, 'SIGKILL').catch(() => undefined);
    ended += pids.length;
  }
  return ended;
}

/** A database lies in it, or one deeper. */
async function dataDirsIn(place: string): Promise<readonly string[]> {
  const folders = await readdir(place, { withFileTypes: true }).catch(() => []);
  const within = folders.filter((entry) => entry.isDirectory()).map(({ name }) => join(place, name));
  return [...within, ...within.map((folder) => join(folder, 'database'))];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
