import { execFile } from 'node:child_process';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { openDatabase } from '#store/database/database.js';
import { POOL_CONNECTIONS } from '#store/database/guarded-pool.js';
import { storedBatches } from '#store/scans/scan-evidence.js';
import { ANY_TIME, type FaultKind, type Hit, type Scenario } from '#torture/fault.js';
import { awaitEnd, holderOf, type Lab, poll, restore } from '#torture/lab.js';

const run = promisify(execFile);

/** How long a disk remains full, or a pool exhausted. */
const HOLD_MS = { least: 300, most: 1_500 };
/** The minimum that PostgreSQL accepts. */
const LEAST_FILLFACTOR = 10;
/** More than one segment of PostgreSQL's write-ahead log, which it may create at any time. */
const DISK_REST_BYTES = 40 * 1_048_576;
const BLOCK_BYTES = 65_536;
/** More requests than a pool has connections, so that all others have to wait. */
const REQUESTS = POOL_CONNECTIONS + 10;
/** Jumps of the servers' clocks, and back again. */
export const CLOCK_STEPS_MS = [3_600_000, -3_600_000, -10_800_000, 10_800_000, 43_200_000, -43_200_000];

/** Faults of the environment of the servers. */
export const poolFault: FaultKind = {
  name: 'pool',
  what: 'every connection of the server that runs the scan taken by requests that wait',
  points: [ANY_TIME],
  weight: 1,
  strike: exhaustPool,
};

export const clockFault: FaultKind = {
  name: 'clock',
  what: "the servers' clocks jump by hours, and back",
  points: [ANY_TIME],
  weight: 1,
  strike: stepClocks,
};

/** For a database on a small file system of its own. */
export const diskFault: FaultKind = {
  name: 'disk',
  what: 'the disk of the database is full for a while',
  points: [ANY_TIME],
  weight: 1,
  mayFail: true,
  prepare: almostFillDisk,
  strike: fillDisk,
};

async function exhaustPool(scenario: Scenario): Promise<Hit | undefined> {
  const { lab, uid, truth, random } = scenario;
  await sleep(random.between(0, truth.durationMs));
  const holder = await holderOf(lab, uid);
  if (holder === undefined) return undefined;
  const client = await lab.clientOf(holder.server);
  const database = openDatabase(lab.database.connection, () => undefined);
  try {
    let waiting = 0;
    const requests = await database.executor.transaction().execute(async (executor) => {
      await sql`LOCK TABLE hosts IN ACCESS EXCLUSIVE MODE`.execute(executor);
      const probed = Array.from({ length: REQUESTS }, () => client.hosts().catch(() => undefined));
      for (const deadlineMs = performance.now() + 5_000; performance.now() < deadlineMs; await sleep(20)) {
        waiting = Math.max(waiting, await sessionsWaiting(scenario));
        if (waiting >= POOL_CONNECTIONS) break;
      }
      await sleep(random.between(HOLD_MS.least, HOLD_MS.most));
      return probed;
    });
    await Promise.all(requests);
    if (waiting < POOL_CONNECTIONS) throw new Error(`only ${waiting} connections waited`);
    return hitOf(`${waiting} connections of ${holder.server.place.name} waited`);
  } finally {
    await database.close();
  }
}

function sessionsWaiting({ lab }: Scenario): Promise<number> {
  return poll(lab, 'PostgreSQL answers', async (executor) => {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock'`.execute(executor);
    return rows[0]?.count;
  });
}

/**
 * One clock after the other, so that for a while the servers disagree, and for long enough that each of them polls
 * for work meanwhile. The holder of the scan continues with it.
 */
async function stepClocks({ lab, uid, truth, random }: Scenario): Promise<Hit | undefined> {
  const atMs = random.between(0, truth.durationMs / 4);
  await sleep(atMs);
  const holder = await holderOf(lab, uid);
  const servers = random.shuffled(lab.servers);
  const pauseMs = random.between(0, truth.durationMs / 2);
  const step = async (): Promise<void> => {
    for (const server of servers) {
      server.signal('SIGUSR2');
      await sleep(pauseMs);
    }
  };
  await step();
  await awaitEnd(lab, uid);
  await step();
  if (holder === undefined) return undefined;
  const detail = `clocks set after ${atMs} ms`;
  const batches = await poll(lab, 'the ledger can be read', (executor) => storedBatches(executor, uid));
  if (batches.every(({ token }) => token === holder.token)) return hitOf(detail);
  return { ...hitOf(detail), broken: `lease: ${holder.server.place.name} lost it because clocks were set` };
}

async function fillDisk({ lab, uid, truth, random }: Scenario): Promise<Hit> {
  const atMs = random.between(0, truth.durationMs);
  await sleep(atMs);
  lab.database.lost();
  try {
    await fillToTheBrim(fillerOf(lab));
    await sleep(random.between(HOLD_MS.least, HOLD_MS.most));
  } finally {
    await rm(fillerOf(lab), { force: true });
  }
  await restore(lab, 'running');
  const { errorMessage } = await awaitEnd(lab, uid);
  return hitOf(`disk full after ${atMs} ms: ${errorMessage ?? 'the scan lived through it'}`);
}

/** Small scans fit into existing pages; with these few rows a page, every batch needs new ones. */
async function fillPages(lab: Lab): Promise<void> {
  await poll(lab, 'tables can be changed', async (executor) => {
    const { rows } = await sql<{ name: string }>`
      SELECT oid::regclass::text AS name FROM pg_class
      WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reloptions IS NULL`.execute(executor);
    for (const { name } of rows)
      await sql`ALTER TABLE ${sql.raw(name)} SET (fillfactor = ${sql.lit(LEAST_FILLFACTOR)})`.execute(
        executor,
      );
    return true;
  });
}

function fillerOf(lab: Lab): string {
  return join(lab.directory, 'filler');
}

/** In advance, since it takes longer than the scan: all space except a rest that a scan does not use up. */
async function almostFillDisk(lab: Lab): Promise<void> {
  await fillPages(lab);
  const { bavail, bsize } = await statfs(lab.directory);
  const bytes = Math.max(bsize, bavail * bsize - DISK_REST_BYTES);
  await run('fallocate', ['-l', String(bytes), fillerOf(lab)]);
}

async function fillToTheBrim(filler: string): Promise<void> {
  const file = await open(filler, 'a');
  try {
    for (const block = Buffer.alloc(BLOCK_BYTES); ; ) await file.appendFile(block);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    await file.close();
  }
}

function hitOf(detail: string): Hit {
  return { point: ANY_TIME, detail };
}
