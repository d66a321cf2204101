import { sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { localHeaders } from '#api/auth/local.js';
import { inProcessTransport } from '#app/transport.js';
import { ROUTES } from '#contract/api/routes.js';
import { integrityReportSchema, integrityStatusSchema } from '#contract/workers/health.js';
import { INTEGRITY_QUESTIONS } from '#store/integrity/verify.js';
import { CHECK_NAMES } from '#work/health/verify-data.js';
import { type ApiLab, type ApiLabOptions, openApiLab } from '../../support/api/api-lab.ts';

/** A check of all data took 6 s on a busy machine. */
const LONG_TIMEOUT = { timeout: 50_000 };

let lab: ApiLab;
beforeAll(async () => {
  lab = await openApiLab();
});
afterAll(() => lab.close());

const status = async () =>
  integrityStatusSchema.parse((await lab.requestAsUser({ url: ROUTES.integrity })).body);
const verify = async () => {
  const answer = await lab.requestAsUser({ method: 'POST', url: ROUTES.integrity });
  expect(answer.status).toBe(200);
  return integrityReportSchema.parse(answer.body);
};

/** A lab of one test, closed with it. */
async function openLab(options?: ApiLabOptions): Promise<ApiLab> {
  const opened = await openApiLab(options);
  onTestFinished(() => opened.close());
  return opened;
}

/** Locks a table for others until the returned function is called, or the test is over. */
async function hold({ db }: ApiLab, table: string): Promise<() => Promise<void>> {
  const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const held = db.store.transaction(async (executor) => {
    await sql`LOCK TABLE ${sql.table(table)} IN ACCESS EXCLUSIVE MODE`.execute(executor);
    begun.resolve();
    await released.promise;
  });
  const release = () => {
    released.resolve();
    return held;
  };
  onTestFinished(release);
  await begun.promise;
  return release;
}

test('before the first run there is no result, and an unauthenticated client gets none', async () => {
  expect(await status()).toEqual({
    ok: null,
    faults: null,
    checks: [],
    started_at: null,
    duration_ms: null,
    running: null,
  });
  expect((await lab.probe({ url: ROUTES.integrity })).status).toBe(401);
  expect((await lab.probe({ method: 'POST', url: ROUTES.integrity })).status).toBe(401);
});

test('a run returns its result when it is done, and later requests return it again', async () => {
  const report = await verify();
  expect(report).toMatchObject({ ok: true, faults: 0 });
  expect(report.checks.map(({ name }) => name)).toEqual(CHECK_NAMES);
  expect(await status()).toEqual({ ...report, running: null });
});

test('damage is reported with examples, by the run and afterwards', async () => {
  await sql`ALTER TABLE events DISABLE TRIGGER ALL`.execute(lab.db.store.read);
  const report = await verify();
  expect(report).toMatchObject({ ok: false });
  expect(report.faults).toBeGreaterThan(0);
  const check = report.checks.find(({ faults }) => faults > 0);
  expect(check?.name).toBe('guards of the schema are in force');
  expect(check?.examples[0]).toMatch(/^trigger RI_ConstraintTrigger_\w+ of events$/);
  expect(await status()).toEqual({ ...report, running: null });
  await sql`ALTER TABLE events ENABLE TRIGGER ALL`.execute(lab.db.store.read);
});

test('the progress of a run can be queried while it lasts; it blocks no other request', async () => {
  const release = await hold(lab, 'sign_in_tokens');
  const running = verify();
  try {
    await expect.poll(async () => (await status()).running?.reading, LONG_TIMEOUT).toBe('the schema');
    const { running: reported } = await status();
    expect(reported?.percent).toBeGreaterThan(0);
    expect(Date.parse(reported?.started_at ?? '')).toBeLessThanOrEqual(Date.now());
  } finally {
    await release();
  }
  expect((await running).ok).toBe(true);
  expect((await status()).running).toBeNull();
});

test('a run ends when its last client has disconnected', async () => {
  const leaving = new AbortController();
  let reads = 0;
  const store = {
    ...lab.db.store,
    get read() {
      reads += 1;
      if (reads === 3) leaving.abort();
      return lab.db.store.read;
    },
  };
  const checking = await openLab({ work: { store } });
  reads = 0;
  const transport = inProcessTransport(checking.server, localHeaders(checking.server, 'os:tester'));
  const probed = transport({ method: 'POST', path: ROUTES.integrity, signal: leaving.signal });
  await expect(probed).rejects.toThrow();
  await expect.poll(() => checking.verifyRuns.running, LONG_TIMEOUT).toBeUndefined();
  expect(reads).toBeLessThan(6);
  expect(INTEGRITY_QUESTIONS.length).toBeGreaterThan(20);
});

test('closing the server does not wait for a run', async () => {
  const checking = await openLab();
  await hold(checking, 'scan_jobs');
  const headers = localHeaders(checking.server, 'os:tester');
  const probed = fetch(`http://${await checking.listen()}${ROUTES.integrity}`, { method: 'POST', headers });
  await expect.poll(() => checking.verifyRuns.running, LONG_TIMEOUT).toBeDefined();
  await checking.server.close();
  expect((await probed).status).toBe(499);
});

test('nor for one that is requested while it closes', async () => {
  const checking = await openLab();
  await hold(checking, 'scan_jobs');
  const { key } = await checking.newKey('slow');
  const release = await hold(checking, 'api_keys');
  const url = `http://${await checking.listen()}${ROUTES.integrity}`;
  const probed = fetch(url, { method: 'POST', headers: { 'x-api-key': key } });
  // The client is being authenticated.
  const waiting = sql`SELECT FROM pg_locks WHERE NOT granted AND relation = 'api_keys'::regclass`;
  await expect.poll(async () => (await waiting.execute(checking.db.store.read)).rows).toHaveLength(1);
  const closing = checking.server.close();
  await expect.poll(() => checking.server.server.listening).toBe(false);
  await release();
  expect((await probed).status).toBe(499);
  await closing;
});
