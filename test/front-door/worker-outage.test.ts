import { once } from 'node:events';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase, urlOf } from '../support/database/database.ts';
import { type DatabaseProxy, openDatabaseProxy } from '../support/database/database-proxy.ts';
import {
  printed,
  startProgram,
  type TemporaryDataDir,
  temporaryDataDir,
} from '../support/programs/program.ts';

/** Longer than several heartbeats, polls for work and attempts of the queue. */
const AWAY_MS = 8_000;
const AWAY = 'the database is away: requests are refused, and what is to be stored is held';
const BACK = 'the database is back';
/** A busy PostgreSQL may not respond for as long as one that is down. Then that is reported, and the cut tried again. */
const CUTS = 5;
const LONG_TIMEOUT = { timeout: 20_000 };

let db: TestDatabase;
let proxy: DatabaseProxy;
let data: TemporaryDataDir;
beforeAll(async () => {
  db = await openTestDatabase();
  proxy = await openDatabaseProxy(db.address);
  data = await temporaryDataDir();
});
afterAll(async () => {
  await proxy.close();
  await data.remove();
  await db.close();
});

/** Ends the connection on which programs receive events, except the one already ended; returns its process. */
async function cutAnnouncements(before: number | undefined): Promise<number> {
  let process: number | undefined;
  await expect
    .poll(async () => {
      const { rows } = await sql<{ pid: number }>`SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'scanorama announcements'`.execute(
        db.store.read,
      );
      process = rows.find(({ pid }) => pid !== before)?.pid;
      return process;
    }, LONG_TIMEOUT)
    .toBeDefined();
  if (process === undefined) throw new Error('no program listens for events');
  await sql`SELECT pg_terminate_backend(${process})`.execute(db.store.read);
  return process;
}

it('a lost connection while the database is available is a warning in the log of a worker', async () => {
  const child = startProgram(['worker', '--data-dir', data.path, '--database-url', urlOf(db.address)]);
  let given = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (given += text));
  await printed(child, /Worker {2}(\S+)/);
  let process: number | undefined;
  for (let cut = 0; cut === 0 || (cut < CUTS && given.includes(AWAY)); cut += 1) {
    given = '';
    process = await cutAnnouncements(process);
    await expect
      .poll(() => given, LONG_TIMEOUT)
      .toMatch(/announcements are interrupted|the database is back/);
  }
  expect(given).toContain('announcements are interrupted');
  expect(given).not.toContain(AWAY);
  child.kill('SIGTERM');
  await once(child, 'exit');
}, 120_000);

it('a database that becomes unavailable is one line in the log of a worker, and one when it is back', async () => {
  const texts = ['worker', '--data-dir', data.path, '--database-url', urlOf(proxy.address)];
  const child = startProgram(texts, { environment: { SCANORAMA_LEASE_TIME: '1s' } });
  let given = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (given += text));
  await printed(child, /Worker {2}(\S+)/);
  given = '';
  proxy.takeAway();
  await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  proxy.giveBack();
  await expect.poll(() => given, LONG_TIMEOUT).toContain(BACK);
  child.kill('SIGTERM');
  await once(child, 'close');
  const lines = given.split('\n').filter((line) => line.startsWith('{'));
  const reported = lines.map((line) => /"msg":"([^"]*)"/.exec(line)?.[1]);
  expect(reported.slice(0, 2)).toEqual([AWAY, BACK]);
  // Nor anything else, should it briefly stop responding again.
  expect(reported).toEqual(reported.map((_, index) => (index % 2 === 0 ? AWAY : BACK)));
}, 60_000);
