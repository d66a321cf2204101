import { once } from 'node:events';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase, urlOf } from '../database.ts';
import { type DatabaseProxy, openDatabaseProxy } from '../database-proxy.ts';
import { printed, startProgram, type TemporaryDataDir, temporaryDataDir } from '../program.ts';

/** Longer than several heartbeats, looks for work and attempts of the queue. */
const AWAY_MS = 8_000;

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

it('a connection that is lost while the database is there is a warning in the log of a worker', async () => {
  const child = startProgram(['worker', '--data-dir', data.path, '--database-url', urlOf(db.address)]);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  await printed(child, /Worker {2}(\S+)/);
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'scanorama announcements'`.execute(
    db.store.read,
  );
  await expect.poll(() => said, { timeout: 10_000 }).toContain('announcements are interrupted');
  expect(said).not.toContain('the database is away');
  child.kill('SIGTERM');
  await once(child, 'exit');
}, 60_000);

it('a database that goes away is one line in the log of a worker, and one when it is back', async () => {
  const words = ['worker', '--data-dir', data.path, '--database-url', urlOf(proxy.address)];
  const child = startProgram(words, { environment: { SCANORAMA_LEASE_TIME: '1s' } });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  await printed(child, /Worker {2}(\S+)/);
  said = '';
  proxy.takeAway();
  await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  proxy.giveBack();
  await expect.poll(() => said, { timeout: 20_000 }).toContain('the database is back');
  child.kill('SIGTERM');
  await once(child, 'exit');
  const lines = said.split('\n').filter((line) => line.startsWith('{'));
  expect(lines.map((line) => /"msg":"([^"]*)"/.exec(line)?.[1])).toEqual([
    'the database is away: requests are refused, and what is to be stored is held',
    'the database is back',
  ]);
}, 60_000);
