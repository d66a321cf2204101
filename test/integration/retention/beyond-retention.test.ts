import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { makePartitions } from '#store/ports/partitions.js';
import { applyRetention } from '#work/retention/apply-retention.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { observationRecorder } from '../../support/scans/stored-scan.ts';

const DAY_MS = 86_400_000;
const never = new AbortController().signal;
let lab: ApiLab;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
});
afterAll(() => lab.close());

const { network, store } = observationRecorder(() => lab.context);
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
const against = async (scan: string) => (await client.scan(scan)).changes?.against;

/** Two scans of the same targets, of which the later one found a port closed that was open; and the targets of a third one. */
async function twoScans() {
  const at = network();
  const common = { targets: `${at(1)}-${at(2)}`, ports: '1-2' };
  const answers = { [at(1)]: { 1: 'open', 2: 'closed' }, [at(2)]: { 1: 'open', 2: 'closed' } } as const;
  const base = await store({ ...common, answers });
  const scan = await store({ ...common, answers: { ...answers, [at(1)]: { 1: 'closed', 2: 'closed' } } });
  expect(await client.scanDiff(scan)).toMatchObject({ base: { id: base }, counts: { ports_closed: 1 } });
  return { at, base, scan, third: { ...common, answers } };
}

/** Refused with a name, whether the other scan is named or not, and in both directions. */
async function expectRefused(base: string, scan: string, at: string): Promise<void> {
  for (const [one, query] of [
    [scan, {}],
    [scan, { against: base }],
    [base, { against: scan }],
  ] as const)
    await expect(client.scanDiff(one, query)).rejects.toMatchObject({ code: 'beyond_retention', at });
}

describe('a scan with removed rows', () => {
  test('is compared with nothing when its month was retired, and keeps its totals', async () => {
    const { base, scan, third } = await twoScans();
    await sql`UPDATE port_scans SET scanned_at = scanned_at - interval '100 days'
      WHERE job_id = (SELECT id FROM scan_jobs WHERE uid = ${base})`.execute(lab.db.store.read);
    await makePartitions(lab.db.store.read);
    await client.changeSettings({ 'retention.port_scans': '1 months' });
    await applyRetention(lab.context, never);
    await expectRefused(base, scan, base);
    expect((await lab.requestAsUser({ url: ROUTES.scanDiff(scan) })).status).toBe(410);
    expect(await client.scan(base)).toMatchObject({ removed: ['partition'], open_ports: 2 });
    expect(await client.scan(scan)).toMatchObject({ changes: { against: base, ports_closed: 1 } });
    expect(await against(await store(third))).toBe(scan);
    await expectComplete(lab.db.store.read);
  });

  test('is no base without its coverage, and the next one uses an older complete one', async () => {
    const { base, scan, third } = await twoScans();
    await sql`UPDATE scan_jobs SET created_at = created_at - interval '9 days', started_at = started_at - interval '9 days',
      completed_at = completed_at - interval '9 days' WHERE uid = ${scan}`.execute(lab.db.store.read);
    await client.changeSettings({ 'retention.coverage': '7 days' });
    await applyRetention(lab.context, never);
    await expectRefused(base, scan, scan);
    expect(await against(await store(third))).toBe(base);
    await expectComplete(lab.db.store.read);
  });

  test('does not make a host new that was purged and is seen again', async () => {
    const { at, base, scan, third } = await twoScans();
    await client.purgeHost(at(2));
    await expectRefused(base, scan, base);
    expect((await client.scan(await store(third))).changes).toBeUndefined();
    await expectComplete(lab.db.store.read);
  });
});

test('a scan that is deleted is compared with when it is named, and not automatically', async () => {
  const { base, scan, third } = await twoScans();
  await client.deleteScan(scan);
  const next = await store(third);
  expect(await against(next)).toBe(base);
  expect((await client.scanDiff(next, { against: scan })).counts).toMatchObject({ ports_opened: 1 });
  await client.deleteScan(base);
  await expect(client.scanDiff(next)).rejects.toMatchObject({ code: 'not_comparable', at: next });
  await client.restoreScan(base);
  expect((await client.scanDiff(next)).base.id).toBe(base);
});

describe('a time before the horizon of history', () => {
  let address = '';
  beforeAll(async () => {
    const at = network();
    address = at(1);
    for (const [days, state] of [
      [60, 'open'],
      [50, 'closed'],
    ] as const) {
      await store({ targets: address, ports: '1', at: daysAgo(days), answers: { [address]: { 1: state } } });
      await sql`UPDATE host_history SET recorded_at = observed_at WHERE host_id = (
        SELECT id FROM hosts WHERE ip_address = ${address}::inet)`.execute(lab.db.store.read);
    }
    expect((await client.host(address, { as_of: daysAgo(55).toISOString() })).open_ports).toHaveLength(1);
    await client.changeSettings({ 'retention.history': '30 days' });
    await applyRetention(lab.context, never);
  });

  test.each(['as_of', 'observed_as_of'])('is refused by every query of the past: %s', async (name) => {
    const before = { [name]: daysAgo(55).toISOString() };
    const refused = { code: 'beyond_retention', at: before[name] };
    await expect(client.hosts(before)).rejects.toMatchObject(refused);
    await expect(client.host(address, before)).rejects.toMatchObject(refused);
    await expect(client.hostHistory(address, before)).rejects.toMatchObject(refused);
    const url = `${ROUTES.hosts}?${new URLSearchParams(before).toString()}`;
    expect(await lab.requestAsUser({ url })).toMatchObject({
      status: 410,
      body: { error: 'beyond_retention' },
    });
    const after = { [name]: daysAgo(20).toISOString() };
    expect((await client.host(address, after)).ports).toMatchObject([{ port: 1, state: 'closed' }]);
  });

  test('is reported by the history of a host, which keeps the newest of each change and its beginning', async () => {
    const { data, history_since } = await client.hostHistory(address);
    expect(data.map(({ fact, old_value, new_value }) => [fact, old_value, new_value])).toEqual([
      ['port', 'open', 'closed'],
      ['port', null, 'open'],
      ['status', null, 'up'],
    ]);
    expect(Date.parse(history_since ?? '')).toBeLessThan(daysAgo(30).getTime());
    await expectComplete(lab.db.store.read);
  });
});
