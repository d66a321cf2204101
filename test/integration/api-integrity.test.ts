import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { integrityReportSchema, integrityStatusSchema } from '#contract/health.js';
import { ROUTES } from '#contract/routes.js';
import { CHECK_NAMES } from '#work/verify-data.js';
import { type ApiLab, openApiLab } from './fixtures/api-lab.ts';

const PATIENTLY = { timeout: 20_000 };

let lab: ApiLab;
beforeAll(async () => {
  lab = await openApiLab();
});
afterAll(() => lab.close());

const status = async () => integrityStatusSchema.parse((await lab.askAsUser({ url: ROUTES.integrity })).body);
const verify = async () => {
  const answer = await lab.askAsUser({ method: 'POST', url: ROUTES.integrity });
  expect(answer.status).toBe(200);
  return integrityReportSchema.parse(answer.body);
};

test('before the first run there is nothing to tell, and nobody without a key is told', async () => {
  expect(await status()).toEqual({
    ok: null,
    faults: null,
    checks: [],
    started_at: null,
    duration_ms: null,
    running: null,
  });
  expect((await lab.ask({ url: ROUTES.integrity })).status).toBe(401);
  expect((await lab.ask({ method: 'POST', url: ROUTES.integrity })).status).toBe(401);
});

test('a run is told when it is done, and again to whoever asks later', async () => {
  const report = await verify();
  expect(report).toMatchObject({ ok: true, faults: 0 });
  expect(report.checks.map(({ name }) => name)).toEqual(CHECK_NAMES);
  expect(await status()).toEqual({ ...report, running: null });
});

test('damage is told with examples, by the run and afterwards', async () => {
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

test('how far a run is can be asked while it lasts; it hinders nobody', async () => {
  const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const held = lab.db.store.transaction(async (executor) => {
    await sql`LOCK TABLE sign_in_tokens IN ACCESS EXCLUSIVE MODE`.execute(executor);
    begun.resolve();
    await released.promise;
  });
  await begun.promise;
  const running = verify();
  try {
    await expect.poll(async () => (await status()).running?.reading, PATIENTLY).toBe('the schema');
    const { running: told } = await status();
    expect(told?.percent).toBeGreaterThan(0);
    expect(Date.parse(told?.started_at ?? '')).toBeLessThanOrEqual(Date.now());
  } finally {
    released.resolve();
    await held;
  }
  expect((await running).ok).toBe(true);
  expect((await status()).running).toBeNull();
});
