import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseAddress } from '#domain/addresses/address.js';
import { SETTING_NAMES, type SettingName } from '#domain/settings/setting.js';
import { keepPost } from '#jobs/worker-registration.js';
import { type LentPace, ScanPaces } from '#net/send/scan-pace.js';
import type { Prober } from '#scan/engine/prober.js';
import { makePartitions } from '#store/ports/partitions.js';
import { findWorkerView } from '#store/workers/worker-views.js';
import type { WorkContext } from '#work/context/context.js';
import { inputFrom } from '#work/profiles/apply-profile.js';
import { applyRetention } from '#work/retention/apply-retention.js';
import { prepareScan } from '#work/scans/prepare-scan.js';
import { changeSettings, readSettings } from '#work/settings/settings.js';
import { registerWorker } from '#work/workers/workers.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext, proberOf } from '../../support/programs/work-context.ts';
import { begin, openTestWorker, order, type TestWorker } from '../../support/programs/worker.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const ADDRESS = '127.0.97.1';
const DAY_MS = 86_400_000;
const LONG_TIMEOUT = { timeout: 20_000 };
const never = new AbortController().signal;

let db: TestDatabase;
let context: WorkContext;
const opened: TestWorker[] = [];
beforeAll(async () => {
  db = await openTestDatabase();
});
beforeEach(async () => {
  await sql`TRUNCATE sites, settings, retention_horizons, events, scan_numbers CASCADE`.execute(
    db.store.read,
  );
  await sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'default')`.execute(db.store.read);
  context = createWorkContext(db.store);
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
afterAll(() => db.close());

const set = (name: SettingName, value: string | null) => changeSettings(context, [[name, value]], 'test');

async function count(table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM ${sql.table(table)}`.execute(
    db.store.read,
  );
  return rows[0]?.count ?? 0;
}

/** Moves all stored rows this many days into the past. */
async function age(days: number): Promise<void> {
  const span = sql`${days} * interval '1 day'`;
  await sql`UPDATE port_scans SET scanned_at = scanned_at - ${span}`.execute(db.store.read);
  await makePartitions(db.store.read);
  await sql`UPDATE events SET recorded_at = recorded_at - ${span}`.execute(db.store.read);
  await sql`UPDATE host_history SET recorded_at = recorded_at - ${span}`.execute(db.store.read);
  await sql`UPDATE scan_jobs SET created_at = created_at - ${span}, started_at = started_at - ${span},
    completed_at = completed_at - ${span}`.execute(db.store.read);
}

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);

/** Old rows are kept while the setting has its default, and removed with this value. */
async function expectRemoved(name: SettingName, value: string, table: string): Promise<void> {
  await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(73) });
  await recordScan(context, { address: ADDRESS, state: 'closed', at: daysAgo(72) });
  await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(71) });
  // Older than a full month, and younger than the default retention of events.
  await age(70);
  const before = await count(table);
  await applyRetention(context, never);
  expect(await count(table)).toBe(before);
  // A range that was checked is not checked again on the same day.
  await sql`DELETE FROM retention_horizons`.execute(db.store.read);
  await set(name, value);
  await applyRetention(context, never);
  expect(await count(table)).toBeLessThan(before);
}

/** A prober that sends nothing and never ends by itself; `began` is called with each request. */
function idleProber(began: (lent: LentPace) => void = () => undefined): Prober {
  const paces = new ScanPaces({ now: () => 0, monotonic: () => 0 });
  const connect = proberOf([]);
  return {
    ...connect,
    survey: async () => ({
      ...(await connect.survey()),
      available: [{ name: 'connect', protocols: ['tcp'] }],
    }),
    run: (probed, signal) => {
      const lent = paces.lend(probed.scan, probed.rate, probed.terms);
      began(lent);
      return {
        exclude: () => undefined,
        renew: (_goodUntilMs, terms) => {
          if (terms !== undefined) lent.renew(terms);
        },
        [Symbol.asyncIterator]: () => ({
          next: () =>
            new Promise((resolve) => {
              const leave = () => resolve({ done: true, value: undefined });
              if (signal.aborted) leave();
              signal.addEventListener('abort', leave, { once: true });
            }),
        }),
      };
    },
  };
}

async function openWorker(prober: Prober): Promise<TestWorker> {
  const worker = await openTestWorker(db, { prober });
  opened.push(worker);
  return worker;
}

/** The number of packets that a scan without a rate of its own may send in a window. */
function burstOf({ pace }: LentPace, hosts: number): number {
  const addresses = Array.from({ length: 1_000 }, (_, index) =>
    parseAddress(`198.18.${Math.floor((index % hosts) / 250)}.${(index % hosts) % 250}`),
  );
  return addresses.filter((address) => address !== undefined && pace.take(address) === undefined).length;
}

/** What a scan may send that runs while the setting is changed; the clock of its pace is stopped, so what was sent counts. */
async function expectFaster(
  name: SettingName,
  value: string,
  { hosts, more }: { hosts: number; more: number },
) {
  const lent: LentPace[] = [];
  await openWorker(idleProber((one) => lent.push(one)));
  await begin(context, order([ADDRESS], '1-10'));
  await expect.poll(() => lent.length, LONG_TIMEOUT).toBe(1);
  const [one] = lent;
  if (one === undefined) throw new Error('nothing was probed');
  expect(burstOf(one, hosts)).toBeGreaterThan(0);
  expect(burstOf(one, hosts)).toBe(0);
  await set(name, value);
  await expect.poll(() => burstOf(one, hosts), LONG_TIMEOUT).toBe(more);
}

const running = async () =>
  (
    await sql<{ ms: number }>`
      SELECT extract(epoch FROM lease_expires_at - clock_timestamp())::float8 * 1000 AS ms
      FROM scan_shards WHERE lease_owner IS NOT NULL`.execute(db.store.read)
  ).rows;

async function expectLease(): Promise<void> {
  await openWorker(idleProber());
  await begin(context, order([ADDRESS], '1-10'));
  await expect.poll(async () => (await running()).length, LONG_TIMEOUT).toBe(1);
  await set('worker.lease', '10m');
  await expect.poll(async () => (await running())[0]?.ms, LONG_TIMEOUT).toBeGreaterThan(500_000);
  await set('worker.lease', '20s');
  await expect.poll(async () => (await running())[0]?.ms, LONG_TIMEOUT).toBeLessThan(21_000);
  await expectHeartbeat();
}

/** A worker sends heartbeats as often as configured, and its scans lose no lease while the interval changes. */
async function expectHeartbeat(): Promise<void> {
  const { read } = db.store;
  const lab = createWorkContext(db.store, { post: { kind: 'none' } });
  const live: WorkContext = {
    ...lab,
    get leaseMs() {
      return lab.settings.leaseMs;
    },
  };
  const input = { site: undefined, concurrency: 1, version: '1.0.0', schemaVersion: 1 };
  const post = await registerWorker(live, input, await proberOf([]).survey());
  const leave = keepPost(live, {
    worker: { pause: () => undefined, goOn: () => undefined, letGo: () => undefined },
    announcements: { subscribe: () => () => undefined, close: () => Promise.resolve() },
    post,
    input,
    onEnd: () => undefined,
  });
  const reported = async () => (await findWorkerView(read, live.owner)).heartbeatMs;
  expect(await reported()).toBe(5_000);
  await set('worker.lease', '1s');
  await lab.settings.refresh(read);
  await expect.poll(reported, LONG_TIMEOUT).toBe(1_000);
  await set('worker.lease', null);
  await lab.settings.refresh(read);
  await expect.poll(reported, LONG_TIMEOUT).toBe(5_000);
  expect(await findWorkerView(read, live.owner)).toMatchObject({ state: expect.stringMatching(/^(?!lost)/) });
  await leave();
}

/** A scan without ports probes these; one with ports, and one of UDP, is not affected. */
async function expectPorts(): Promise<void> {
  const idle = createWorkContext(db.store, { prober: idleProber() });
  const portsBy = async (ports: string | undefined) =>
    (await prepareScan(idle, { ...order(['198.18.0.1'], '1'), ports }, never)).ports.count;
  expect(await portsBy(undefined)).toBe(1_000);
  await set('scan.ports', '22,80,8000-8007');
  expect(await portsBy(undefined)).toBe(10);
  expect(await portsBy('1-3')).toBe(3);
  const profile = {
    ...order(['198.18.0.1'], '1'),
    ...(await inputFrom(db.store.read, 'quick', { liveHosts: false })),
  };
  expect((await prepareScan(idle, profile, never)).ports.count).toBe(100);
}

async function expectShards(): Promise<void> {
  await set('worker.shards', '1');
  await openWorker(idleProber());
  for (const last of [1, 2, 3]) await begin(context, order([`127.0.97.${last}`], '1-10'));
  await expect.poll(async () => (await running()).length, LONG_TIMEOUT).toBe(1);
  await set('worker.shards', '2');
  await expect.poll(async () => (await running()).length, LONG_TIMEOUT).toBe(2);
  await set('worker.shards', null);
  await expect.poll(async () => (await running()).length, LONG_TIMEOUT).toBe(3);
}

/** How each setting takes effect. One that is missing here does not compile, and fails below. */
const EFFECTS: Readonly<Record<SettingName, () => Promise<void>>> = {
  'retention.port_scans': () => expectRemoved('retention.port_scans', '1 months', 'port_scans'),
  'retention.coverage': () => expectRemoved('retention.coverage', '7 days', 'scan_coverage'),
  'retention.history': () => expectRemoved('retention.history', '7 days', 'host_history'),
  'retention.events': () => expectRemoved('retention.events', '7 days', 'events'),
  'rate.total': () => expectFaster('rate.total', '1200', { hosts: 1_000, more: 20 }),
  'rate.per_host': () => expectFaster('rate.per_host', '90', { hosts: 1, more: 5 }),
  'scan.ports': expectPorts,
  'worker.lease': expectLease,
  'worker.shards': expectShards,
};

describe('a setting', () => {
  it('has a test of its effect, for each of them', () => {
    expect(Object.keys(EFFECTS).toSorted()).toEqual(SETTING_NAMES.toSorted());
  });

  it.each(Object.entries(EFFECTS))('%s acts', { timeout: 60_000 }, (_name, effect) => effect());

  it('shortens the estimate of a scan as soon as scans are faster', async () => {
    const input = order(['198.18.0.0/24'], '1-10');
    const idle = createWorkContext(db.store, { prober: idleProber() });
    const seconds = async () => (await prepareScan(idle, input, never)).estimatedSeconds;
    expect(await seconds()).toBeCloseTo(2.56);
    await set('rate.total', '500');
    expect(await seconds()).toBeCloseTo(5.12);
  });

  it('that is changed leaves an event with its author; one that is refused leaves nothing', async () => {
    await changeSettings(
      context,
      [
        ['rate.total', '0900'],
        ['worker.lease', ' 60s '],
      ],
      'os:ann',
    );
    await expect(
      changeSettings(
        context,
        [
          ['rate.per_host', '3'],
          ['worker.shards', '17'],
        ],
        'os:ann',
      ),
    ).rejects.toMatchObject({ code: 'invalid_request', at: 'worker.shards' });
    const events = await sql`SELECT kind, payload FROM events`.execute(db.store.read);
    expect(events.rows).toEqual([
      {
        kind: 'settings.changed',
        payload: { settings: { 'rate.total': '900', 'worker.lease': '1m' }, actor: 'os:ann' },
      },
    ]);
    const now = (await readSettings(db.store.read)).filter((setting) => setting.set !== null);
    expect(now.map(({ name, value }) => [name, value])).toEqual([
      ['rate.total', '900'],
      ['worker.lease', '1m'],
    ]);
  });

  it('that is unknown or has an invalid value in the table, as after another version, is ignored', async () => {
    await sql`INSERT INTO settings (name, value, updated_by) VALUES ('rate.total', 'much', 'test'), ('rate.other', '1', 'test')`.execute(
      db.store.read,
    );
    const settings = await readSettings(db.store.read);
    expect(settings.find(({ name }) => name === 'rate.total')?.value).toBe('1000');
    await context.settings.refresh(db.store.read);
    expect(context.settings.defaultRates.packetsPerSecond).toBe(1_000);
  });
});
