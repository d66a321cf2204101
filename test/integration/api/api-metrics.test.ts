import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROUTES } from '#contract/api/routes.js';
import { openDatabase } from '#store/database/database.js';
import { POOL_CONNECTIONS } from '#store/database/guarded-pool.js';
import { createStore } from '#store/database/store.js';
import { createMetrics } from '#telemetry/metrics.js';
import { failScan } from '#work/scans/end-scan.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { openDatabaseProxy } from '../../support/database/database-proxy.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

let db: TestDatabase;
let lab: ApiLab;
beforeAll(async () => {
  db = await openTestDatabase();
  const metrics = createMetrics();
  lab = await openApiLab({ work: { store: createStore(db.database, metrics), metrics } });
});
afterAll(async () => {
  await lab.close();
  await db.close();
});

async function read(): Promise<string> {
  return (await lab.requestAsUser({ url: ROUTES.metrics })).text;
}

async function valueOf(series: string): Promise<number | undefined> {
  const line = (await read()).split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

test('they require a key, as every route does, and are text for Prometheus', async () => {
  expect((await lab.probe({ url: ROUTES.metrics })).status).toBe(401);
  const { key } = await lab.newKey('prometheus');
  const answer = await lab.probe({ url: ROUTES.metrics, headers: { authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.text).toContain('# TYPE scanorama_breaker_open gauge');
});

test('the metrics of the pool, the breaker and PostgreSQL are correct', async () => {
  expect(await valueOf('scanorama_breaker_open')).toBe(0);
  expect(await valueOf('scanorama_pool_limit_connections')).toBe(POOL_CONNECTIONS);
  expect(await valueOf('scanorama_pool_waiting_requests')).toBe(0);
  const before = (await valueOf('scanorama_server_transactions_total{outcome="committed"}')) ?? 0;
  expect(before).toBeGreaterThan(0);
  const client = await db.database.pool.connect();
  const inUse = await valueOf('scanorama_pool_connections{state="in_use"}');
  client.release();
  expect(inUse).toBe(((await valueOf('scanorama_pool_connections{state="in_use"}')) ?? 0) + 1);
});

test('a foreign-key violation in the product is counted, inside a transaction and outside', async () => {
  const orphan = sql`INSERT INTO events (kind, job_id, payload)
    SELECT kind, 9007199254740991, '{}' FROM (VALUES ('scan.created')) AS one (kind)`;
  expect(await valueOf('scanorama_foreign_key_violations_total')).toBe(0);
  await expect(orphan.execute(lab.context.store.read)).rejects.toMatchObject({ code: '23503' });
  await expect(lab.context.store.transaction((executor) => orphan.execute(executor))).rejects.toMatchObject({
    code: 'storage_failed',
  });
  expect(await valueOf('scanorama_foreign_key_violations_total')).toBe(2);
  expect(await valueOf('scanorama_transactions_total{kind="other",outcome="failed"}')).toBe(1);
});

test('scans and verify are counted by outcome and check, without an id or an address', async () => {
  const place = await claimedScan(lab.context, '127.0.23.1', '22,23');
  await failScan(lab.context, place.job.uid, { code: 'internal', message: 'as a test wants it' });
  expect(await valueOf('scanorama_scans_total{outcome="failed"}')).toBe(1);
  await lab.requestAsUser({ method: 'POST', url: ROUTES.integrity });
  expect(await valueOf('scanorama_verify_last_run_timestamp_seconds')).toBeGreaterThan(0);
  expect(await read()).toMatch(/^scanorama_verify_faults\{check="[^"]+"\} 0$/m);
  for (let path = 0; path < 30; path += 1) await lab.requestAsUser({ url: `/api/v1/unknown/${path}` });
  await lab.requestAsUser({ url: ROUTES.scan(place.job.uid) });
  expect(
    await valueOf('scanorama_http_requests_total{method="GET",route="/api/v1/scans/:id",status="200"}'),
  ).toBe(1);
  const text = await read();
  expect(text).not.toContain(place.job.uid);
  expect(text).not.toContain('127.0.23.1');
  expect(text).not.toContain('api/v1/unknown');
});

test('while the database is unavailable a valid cached key reads them, and no other does', async () => {
  const proxy = await openDatabaseProxy(db.address);
  const database = openDatabase(proxy.address, () => undefined);
  const store = createStore(database);
  const away = await openApiLab({ work: { store } });
  try {
    const headers = { 'x-api-key': (await away.newKey('prometheus')).key };
    const revoked = await away.newKey('revoked');
    expect((await away.probe({ url: ROUTES.metrics, headers })).status).toBe(200);
    expect((await away.probe({ url: ROUTES.metrics, headers: { 'x-api-key': revoked.key } })).status).toBe(
      200,
    );
    await away.requestAsUser({ method: 'DELETE', url: `${ROUTES.apiKeys}/${revoked.id}` });
    expect((await away.probe({ url: ROUTES.metrics, headers: { 'x-api-key': revoked.key } })).status).toBe(
      401,
    );
    const unseen = await away.newKey('unseen');
    proxy.takeAway();
    await expect.poll(() => store.breaker.isOpen).toBe(true);
    const answers = await Promise.all(
      [headers, { 'x-api-key': revoked.key }, { 'x-api-key': unseen.key }].map((each) =>
        away.probe({ url: ROUTES.metrics, headers: each }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 503, 503]);
    expect(answers[0]?.text).toMatch(/^scanorama_breaker_open 1$/m);
    expect((await away.probe({ url: ROUTES.scans, headers })).status).toBe(503);
    proxy.giveBack();
    await expect.poll(() => store.breaker.isOpen).toBe(false);
    expect((await away.probe({ url: ROUTES.scans, headers })).status).toBe(200);
  } finally {
    await away.close();
    await database.close();
    await proxy.close();
  }
});
