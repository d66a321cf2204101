import type { ChildProcess } from 'node:child_process';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openTestDatabase, type TestDatabase, urlOf } from '../support/database/database.ts';
import {
  makeNamespace,
  printed,
  runProgram,
  startProgram,
  type TemporaryDataDir,
  type TestNamespace,
  temporaryDataDir,
} from '../support/programs/program.ts';

const LONG_TIMEOUT = { timeout: 60_000, interval: 100 };

let db: TestDatabase;
let namespace: TestNamespace;
const servers: ChildProcess[] = [];
const places: TemporaryDataDir[] = [];
const placeOf = (data: TemporaryDataDir | undefined): string[] => [
  '--data-dir',
  data?.path ?? '',
  '--database-url',
  urlOf(db.address),
];
beforeAll(async () => {
  db = await openTestDatabase();
  namespace = makeNamespace();
  for (let count = 0; count < 2; count += 1) {
    const data = await temporaryDataDir();
    places.push(data);
    const server = startProgram(['serve', '--listen', '0', ...placeOf(data)], { namespace: namespace.name });
    servers.push(server);
    await printed(server, /Scanorama is running/);
  }
}, 120_000);
afterAll(async () => {
  for (const server of servers) {
    if (server.exitCode !== null || server.signalCode !== null) continue;
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('close', resolve));
  }
  namespace.remove();
  for (const data of places) await data.remove();
  await db.close();
});

const run = (...args: string[]) =>
  // Through the server that keeps running.
  runProgram(['schedules', ...args, ...placeOf(places[1])], { namespace: namespace.name });

/** Makes a schedule of every minute due by now, as if its minute had come. */
async function becomeDue(name: string): Promise<void> {
  await sql`UPDATE schedules SET next_due_at = date_trunc('minute', now()) WHERE name = ${name}`.execute(
    db.store.read,
  );
}

interface Story {
  readonly runs: number;
  readonly dues: number;
  readonly scans: number;
  readonly states: readonly string[];
}

async function storyOf(name: string): Promise<Story | undefined> {
  const { rows } = await sql<Story>`
    SELECT count(*) AS runs, count(DISTINCT run.due_at) AS dues, array_agg(DISTINCT run.state) AS states,
      (SELECT count(*) FROM scan_jobs WHERE schedule_name = ${name}) AS scans
    FROM schedule_runs run JOIN schedules schedule ON schedule.id = run.schedule_id WHERE schedule.name = ${name}`.execute(
    db.store.read,
  );
  return rows[0];
}

async function completed(name: string): Promise<Story> {
  let story: Story | undefined;
  await expect
    .poll(async () => {
      story = await storyOf(name);
      return story?.states;
    }, LONG_TIMEOUT)
    .toEqual(['completed']);
  if (story === undefined) throw new Error('there is no story');
  return story;
}

it('is fired once by two servers, and shown at the terminal', async () => {
  const texts = '--targets 127.0.63.1 -p 1 --yes --jitter 0 --timezone Europe/Berlin --json --cron';
  const added = await run('add-scan', 'minutely', ...texts.split(' '), '* * * * *');
  expect(added).toMatchObject({ code: 0 });
  await becomeDue('minutely');
  const { runs, dues, scans } = await completed('minutely');
  // A minute that passes meanwhile is one more due time, with one more scan.
  expect({ dues, scans }).toEqual({ dues: runs, scans: runs });

  const listed = await run('runs', 'minutely', '--json');
  const reported = z
    .array(z.looseObject({ state: z.string(), scans: z.array(z.looseObject({ id: z.uuid() })) }))
    .parse(JSON.parse(listed.stdout));
  expect(reported.find(({ state }) => state === 'completed')?.scans).toHaveLength(1);
  expect((await run('next', 'minutely', '--count', '2')).stdout).toMatch(
    /^(\d{4}-\d\d-\d\d \d\d:\d\d UTC\+0[12]:00\n){2}$/,
  );
  expect(await run('disable', 'minutely')).toMatchObject({ code: 0 });
  // The run of the current minute ends, or is skipped because of the pause.
  await expect
    .poll(async () => (await run('list')).stdout, LONG_TIMEOUT)
    .toMatch(/minutely +scan .* paused +- +(completed|skipped)/);
}, 120_000);

it('continues when one of them is killed', async () => {
  servers[0]?.kill('SIGKILL');
  const added = await run('add-retention', 'tidy', '--timezone', 'UTC', '--cron', '* * * * *');
  expect(added).toMatchObject({ code: 0 });
  await becomeDue('tidy');
  const { runs, dues } = await completed('tidy');
  expect(dues).toBe(runs);
}, 120_000);
