import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { SETTING_NAMES, SETTINGS } from '#domain/settings/setting.js';
import { makePartitions } from '#store/ports/partitions.js';
import { applyRetention } from '#work/retention/apply-retention.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const ADDRESS = '127.0.93.1';
let lab: ApiLab;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
});
afterAll(() => lab.close());

const put = (body: unknown) => lab.requestAsUser({ method: 'PUT', url: ROUTES.settings, body });
const never = new AbortController().signal;

test('every setting is returned with its default while it is not set', async () => {
  const { data } = await client.settings();
  expect(data.map(({ name }) => name)).toEqual([...SETTING_NAMES]);
  for (const { name, value, updated_by } of data)
    expect({ value, updated_by }).toEqual({ value: SETTINGS[name].fallback, updated_by: null });
});

test('a change is stored in normalized form, with its author, and null resets it', async () => {
  const { data } = await client.changeSettings({ 'retention.history': '2 years', 'retention.events': '7d' });
  expect(
    data.filter(({ updated_by }) => updated_by === 'os:tester').map(({ name, value }) => [name, value]),
  ).toEqual([
    ['retention.history', '24 months'],
    ['retention.events', '7 days'],
  ]);
  const back = await client.changeSettings({ 'retention.history': null, 'retention.events': null });
  expect(back.data.every(({ updated_at }) => updated_at === null)).toBe(true);
});

test('a number may be written as one', async () => {
  expect(await put({ 'rate.total': 500 })).toMatchObject({ status: 200 });
  const { data } = await client.settings();
  expect(data.find(({ name }) => name === 'rate.total')?.value).toBe('500');
  await client.changeSettings({ 'rate.total': null });
});

test.each([
  ['a span that is none', { 'retention.history': 'long', 'retention.events': '7 days' }, 'retention.history'],
  ['a setting that is none', { 'retention.everything': 'forever' }, 'retention.everything'],
  ['a number', { 'retention.history': 90 }, 'retention.history'],
  ['a rate that is none', { 'rate.total': '5', 'rate.per_host': '0' }, 'rate.per_host'],
  ['half a packet', { 'rate.total': 0.5 }, 'rate.total'],
  ['a lease that is too short', { 'worker.lease': '999ms' }, 'worker.lease'],
])('%s is refused by its name, and nothing is changed', async (_what, body, at) => {
  expect(await put(body)).toMatchObject({ status: 400, body: { error: 'invalid_request', at } });
  expect((await client.settings()).data.every(({ updated_at }) => updated_at === null)).toBe(true);
});

test('a client without a key changes nothing', async () => {
  const answer = await lab.probe({
    method: 'PUT',
    url: ROUTES.settings,
    body: { 'retention.events': '1 days' },
  });
  expect(answer.status).toBe(401);
});

test('the results of a scan whose month was retired are refused, never empty', async () => {
  const uid = await recordScan(lab.context, { address: ADDRESS, state: 'open', at: new Date() });
  await sql`UPDATE port_scans SET scanned_at = scanned_at - interval '100 days'`.execute(lab.db.store.read);
  await makePartitions(lab.db.store.read);
  await client.changeSettings({ 'retention.port_scans': '1 months' });
  expect((await client.previewRetention()).data[0]).toMatchObject({ rows: 1, complete_since: null });
  expect((await client.scanResults(uid)).data).toHaveLength(1);
  await applyRetention(lab.context, never);
  await expect(client.scanResults(uid)).rejects.toMatchObject({ code: 'beyond_retention', at: uid });
  expect((await lab.requestAsUser({ url: ROUTES.scanResults(uid) })).status).toBe(410);
  expect((await client.scan(uid)).removed).toEqual(['partition']);
  expect((await client.host(ADDRESS)).ports).toHaveLength(1);
});

test('a scan without its coverage returns its open ports, and refuses to return the others', async () => {
  const uid = await recordScan(lab.context, { address: ADDRESS, state: 'closed', at: new Date() });
  await sql`UPDATE scan_jobs SET created_at = created_at - interval '9 days', started_at = started_at - interval '9 days',
    completed_at = completed_at - interval '9 days' WHERE uid = ${uid}`.execute(lab.db.store.read);
  await client.changeSettings({ 'retention.coverage': '7 days' });
  expect((await client.scanResults(uid, { all_states: 'true' })).data[0]?.other_ports).toHaveLength(1);
  await applyRetention(lab.context, never);
  expect((await client.scanResults(uid)).data).toHaveLength(1);
  for (const query of [{ all_states: 'true' }, { include_unresponsive: 'true' }])
    await expect(client.scanResults(uid, query)).rejects.toMatchObject({ code: 'beyond_retention' });
  expect((await client.scan(uid)).removed).toEqual(['coverage']);
});

test('a host shows since when its history is complete', async () => {
  expect((await client.host(ADDRESS)).history_since).toBeNull();
  await client.changeSettings({ 'retention.history': '30 days' });
  await applyRetention(lab.context, never);
  const { history_since, history } = await client.host(ADDRESS);
  expect(Date.parse(history_since ?? '')).toBeLessThan(Date.now() - 30 * 86_400_000);
  expect(history.length).toBeGreaterThan(0);
});
