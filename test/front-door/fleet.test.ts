import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScan } from '#api/routes/scans/queries.js';
import type { Scan } from '#contract/scans/scan.js';
import { findWorkerView } from '#store/workers/worker-views.js';
import { drain } from '#work/workers/workers.js';
import {
  createEmptyDatabase,
  openTestDatabase,
  type TestDatabase,
  urlOf,
} from '../support/database/database.ts';
import {
  ended,
  makeNamespace,
  type ProgramResult,
  printed,
  runProgram,
  startProgram,
  type TemporaryDataDir,
  type TestNamespace,
  temporaryDataDir,
} from '../support/programs/program.ts';
import { createWorkContext } from '../support/programs/work-context.ts';
import { begin, order } from '../support/programs/worker.ts';
import { expectComplete } from '../support/scans/complete-scan.ts';

/** Short, so that the shards of an unresponsive worker are soon given to others. */
const ENVIRONMENT = { SCANORAMA_LEASE_TIME: '1s', SCANORAMA_BATCH_DELAY: '100ms' };
const WAIT_MS = 60_000;

let db: TestDatabase;
let data: TemporaryDataDir;
let namespace: TestNamespace;
let server: ChildProcess;
/** For each program that was started, its exit code and all its output. */
const started = new Map<ChildProcess, Promise<unknown>>();

beforeAll(async () => {
  db = await openTestDatabase();
  data = await temporaryDataDir();
  namespace = makeNamespace();
  const serve = ['serve', '--roles', 'web,scheduler', '--listen', '0', ...place()];
  server = startProgram(serve, { namespace: namespace.name, environment: ENVIRONMENT });
  started.set(server, once(server, 'close'));
  await printed(server, /Scanorama is running/);
  expect((await run('sites', 'add', 'branch')).code).toBe(0);
}, 60_000);
afterAll(async () => {
  for (const child of started.keys()) child.kill('SIGKILL');
  await Promise.all(started.values());
  namespace.remove();
  await data.remove();
  await db.close();
});

const place = () => ['--data-dir', data.path, '--database-url', urlOf(db.address)];

function gone(child: ChildProcess): Promise<unknown> {
  return started.get(child) ?? Promise.reject(new Error('it was not started here'));
}

/** A command that connects to the server. */
function run(...texts: string[]): Promise<ProgramResult> {
  return runProgram([...texts, '--data-dir', data.path], { namespace: namespace.name });
}

interface StartedWorker {
  readonly child: ChildProcess;
  readonly name: string;
}

async function worker(...flags: string[]): Promise<StartedWorker> {
  const texts = ['worker', ...flags, '--database-url', urlOf(db.address)];
  const child = startProgram(texts, { namespace: namespace.name, environment: ENVIRONMENT });
  started.set(child, once(child, 'close'));
  const [, name = ''] = await printed(child, /Worker {2}(\S+)/);
  return { child, name };
}

/** Slow enough to be observed while running even when the test looks some seconds late: it takes ten. */
const SLOWLY = 150;
const QUICKLY = 1_500;

function startScan(site: string, packetsPerSecond = SLOWLY): Promise<string> {
  const rate = { packetsPerSecond, packetsPerSecondPerHost: packetsPerSecond, unlimited: false };
  const context = createWorkContext(db.store, { post: { kind: 'none' } });
  return begin(context, order(['127.82.0.1'], '1-1500', { site, rate }));
}

async function until(id: string, isSo: (scan: Scan) => boolean): Promise<Scan> {
  let scan: Scan | undefined;
  await expect
    .poll(
      async () => {
        scan = await readScan(db.store.read, id);
        return isSo(scan) ? 'so' : scan;
      },
      { timeout: WAIT_MS },
    )
    .toBe('so');
  if (scan === undefined) throw new Error('nothing was probed');
  return scan;
}

async function stateOf(name: string): Promise<string> {
  return (await findWorkerView(db.store.read, name)).state;
}

async function holderOf(id: string): Promise<string | null | undefined> {
  const { rows } = await sql<{ owner: string | null }>`
    SELECT lease_owner AS owner FROM scan_shards shard JOIN scan_jobs job ON job.id = shard.job_id
    WHERE job.uid = ${id}`.execute(db.store.read);
  return rows[0]?.owner;
}

/** How often each position was sent and stored: its probes, and the batches that contain it. */
async function expectOnce(id: string): Promise<void> {
  const { rows } = await sql<{ completed: number; sent: number }>`
    SELECT sum(batch.end_position - batch.first_position)::bigint AS completed, sum(batch.probes_sent)::bigint AS sent
    FROM scan_batches batch JOIN scan_jobs job ON job.id = batch.job_id WHERE job.uid = ${id}`.execute(
    db.store.read,
  );
  expect(rows[0]?.completed).toBe(1_500);
  await expectComplete(db.store.read);
}

describe('workers beside a server without one', () => {
  it('without one, a detached scan is refused, and a stored one reports why it waits', async () => {
    const refused = await run('scan', '127.82.0.1', '-p', '1', '--detach');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('[no_worker]') });
    const far = await worker('--site', 'branch');
    // One that is late with three heartbeats is lost until the next one.
    await expect
      .poll(async () => (await run('workers', 'list')).stdout, { timeout: WAIT_MS })
      .toMatch(new RegExp(`${far.name} +branch +active .* 0/16 +\\S*connect`));
    const id = await startScan('default', QUICKLY);
    expect(await until(id, ({ waiting_reason: reason }) => reason !== null)).toMatchObject({
      status: 'pending',
      waiting_reason: 'No worker of the site default is running; `scanorama serve` starts one.',
    });
    expect((await run('scans', 'show', id)).stdout).toContain('No worker of the site default is running');
    far.child.kill('SIGTERM');
    await gone(far.child);
    expect({ code: far.child.exitCode, state: await stateOf(far.name) }).toEqual({
      code: 0,
      state: 'stopped',
    });
    // A worker without a site runs it.
    const near = await worker();
    await until(id, ({ status }) => status === 'completed');
    near.child.kill('SIGTERM');
    await gone(near.child);
  }, 120_000);

  it('one that is drained hands over at once, and continues after a resume without probing twice', async () => {
    const { child, name } = await worker('--site', 'branch');
    const id = await startScan('branch');
    await until(id, ({ progress }) => progress.completed > 0);
    // At once, and then by a user's command, which takes a short time and changes nothing more.
    await drain(createWorkContext(db.store), name, 'test');
    expect((await run('workers', 'drain', name)).stdout).toBe(
      `The worker ${name} takes no more work, and hands over what it runs.\n`,
    );
    const reason = `The only worker of the site branch, ${name}, takes no work: it is drained.`;
    const drained = await until(id, (scan) => scan.status === 'pending' && scan.waiting_reason === reason);
    await expect.poll(() => stateOf(name), { timeout: WAIT_MS }).toBe('drained');
    expect(drained.progress.completed).toBeLessThan(1_500);
    expect((await run('workers', 'resume', name)).code).toBe(0);
    await until(id, ({ status }) => status === 'completed');
    await expectOnce(id);
    child.kill('SIGTERM');
    await gone(child);
  }, 120_000);

  it('the scan of one that is killed, and of one that is frozen, continues elsewhere', async () => {
    const [first, second] = [await worker('--site', 'branch'), await worker('--site', 'branch')];
    const id = await startScan('branch');
    await until(id, ({ progress }) => progress.completed > 0);
    const holder = (await holderOf(id)) === first.name ? first : second;
    const other = holder === first ? second : first;
    holder.child.kill('SIGSTOP');
    // The other one takes over, and is killed; the first one, resumed, writes nothing under its old lease.
    await expect.poll(() => holderOf(id), { timeout: WAIT_MS }).toBe(other.name);
    await expect.poll(() => stateOf(holder.name), { timeout: WAIT_MS }).toBe('lost');
    holder.child.kill('SIGCONT');
    await expect.poll(() => stateOf(holder.name), { timeout: WAIT_MS }).toBe('active');
    other.child.kill('SIGKILL');
    await until(id, ({ status }) => status === 'completed');
    await expectOnce(id);
    await expect.poll(() => stateOf(other.name), { timeout: WAIT_MS }).toBe('lost');
    holder.child.kill('SIGTERM');
    await gone(holder.child);
  }, 120_000);

  it('one that is given the wrong URL reports the right one, and creates no database', async () => {
    const inside = { namespace: namespace.name };
    const empty = urlOf(await createEmptyDatabase());
    const schemaless = await runProgram(['worker', '--database-url', empty, '--data-dir', data.path], inside);
    expect(schemaless).toMatchObject({ code: 5, stderr: expect.stringContaining('[database_empty]') });
    expect(schemaless.stderr).toMatch(/serve --data-dir \S+ --database-url …`/);
    expect(schemaless.stderr).not.toContain(empty);
    const other = await temporaryDataDir();
    try {
      const homeless = await runProgram(['worker', '--site', 'branch', '--data-dir', other.path], inside);
      expect(homeless).toMatchObject({ code: 5, stderr: expect.stringContaining('[database_unavailable]') });
      expect(homeless.stderr).toMatch(/A worker needs the database of the server.*\n.*--database-url/);
      expect(await readdir(other.path)).toEqual([]);
    } finally {
      await other.remove();
    }
    const siteless = await runProgram(
      ['worker', '--site', 'nowhere', '--database-url', urlOf(db.address)],
      inside,
    );
    expect(siteless).toMatchObject({ code: 1, stderr: expect.stringContaining('sites add NAME') });
  }, 120_000);

  it('one serves its metrics with a key, on loopback where configured, and nowhere else', async () => {
    const one = startProgram(['worker', '--metrics-listen', 'localhost:0', ...place()], {
      namespace: namespace.name,
      environment: ENVIRONMENT,
    });
    started.set(one, once(one, 'close'));
    const [, url = ''] = await printed(one, /Metrics +(http:\/\/127\.0\.0\.1:\d+\/metrics)/);
    const key = (await run('api-keys', 'create', 'prometheus')).stdout.trim();
    const probe = (headers: object, path = '') => {
      const probing = `fetch('${url}${path}', { headers: ${JSON.stringify(headers)} })
        .then(async (answer) => process.stdout.write(answer.status + ' ' + (await answer.text())))`;
      const enter = namespace.name === undefined ? ['env'] : ['ip', 'netns', 'exec', namespace.name];
      const [command, ...texts] = [...enter, process.execPath, '-e', probing];
      return spawnSync(command, texts, { encoding: 'utf8' }).stdout;
    };
    expect(probe({})).toMatch(/^401 .*unauthenticated/s);
    expect(probe({ authorization: `Bearer ${key}` })).toMatch(/^200 .*scanorama_sending_held 0/s);
    expect(probe({ authorization: `Bearer ${key}` }, '/../api/v1/scans')).toMatch(/^404 /);
    expect(probe({}, '/../')).toMatch(/^200 .*Its metrics are at \/metrics/);
    one.kill('SIGTERM');
    await gone(one);
    const far = await run('worker', '--metrics-listen', '198.18.0.1:0', ...place());
    expect(far).toMatchObject({ code: 2, stderr: expect.stringContaining('only on loopback') });
  });

  it('one of another version is refused, and an outdated one exits with an explanation', async () => {
    const { child, name } = await worker('--site', 'branch');
    let given = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (given += text));
    await sql`UPDATE installation SET version = '99.0.0'`.execute(db.store.read);
    await gone(child);
    expect(child.exitCode).toBe(1);
    expect(given).toMatch(
      /The server is Scanorama 99\.0\.0, and this worker is \S+\. \[worker_version_skew\]/,
    );
    expect(await stateOf(name)).toBe('stopped');
    const texts = ['worker', '--site', 'branch', '--database-url', urlOf(db.address)];
    const refused = await ended(startProgram(texts, { namespace: namespace.name, environment: ENVIRONMENT }));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('[worker_version_skew]') });
    expect((await run('workers', 'remove', name)).stdout).toBe(`The worker ${name} is forgotten.\n`);
  }, 120_000);
});
