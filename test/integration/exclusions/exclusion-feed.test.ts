import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { ALL_PARTS } from '#domain/rates/rate-share.js';
import { createWorker } from '#jobs/worker.js';
import { ALONE } from '#net/send/scan-pace.js';
import { systemClock } from '#net/send/system-clock.js';
import { openDatabase } from '#store/database/database.js';
import { createStore, storeWithin } from '#store/database/store.js';
import { type Announcement, subscribeToEvents } from '#store/events/announcements.js';
import { createLog } from '#telemetry/log.js';
import { createMetrics } from '#telemetry/metrics.js';
import {
  EXCLUSION_REREAD_MS,
  EXCLUSIONS_GOOD_MS,
  type ExclusionFeed,
  type ExclusionReading,
  type Reader,
} from '#work/exclusions/exclusion-feed.js';
import { addExclusion, removeExclusion } from '#work/exclusions/exclusions.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createFeed, createWorkContext } from '../../support/programs/work-context.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
afterEach(() => {
  vi.useRealTimers();
});

const excluding = (address: string, site?: string) =>
  addExclusion(createWorkContext(db.store), {
    address,
    site,
    network: undefined,
    reason: null,
    actor: 'test',
  });

const feedOf = createFeed;
const readerAt = (siteId: number): Reader => ({
  siteId,
  jobId: 1,
  rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: true },
});
const addressesIn = ({ inForce }: ExclusionReading) => inForce.exclusions.map(({ first }) => first).join();

it('reads at once for a new watcher, on a notification, and periodically; and no more when there are no watchers', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const feed = feedOf(db.store);
  const received: string[] = [];
  const waiting: (() => void)[] = [];
  /** Without polling, which would let the interval advance by itself. */
  const afterOneMore = async (begin: () => void): Promise<readonly string[]> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    begin();
    await promise;
    return received;
  };
  const unwatching: (() => void)[] = [];
  const first = await afterOneMore(() => {
    const unwatch = feed.watch(readerAt(1), (reading) => {
      received.push(addressesIn(reading));
      waiting.shift()?.();
    });
    unwatching.push(unwatch);
  });
  expect(first).toEqual(['']);
  await excluding('198.18.0.1');
  expect(await afterOneMore(() => feed.wake())).toEqual(['', '198.18.0.1']);
  await excluding('198.18.0.2');
  expect(received).toHaveLength(2);
  const third = await afterOneMore(() => vi.advanceTimersByTime(EXCLUSION_REREAD_MS));
  expect(third.at(-1)).toBe('198.18.0.1,198.18.0.2');
  for (const unwatch of unwatching) unwatch();
  expect(vi.getTimerCount()).toBe(0);
  feed.wake();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(received).toHaveLength(3);
});

it('gives all callers the same sets until something changed, valid from before they were read', async () => {
  const feed = feedOf(db.store);
  const before = systemClock.monotonic();
  const [one, other] = await Promise.all([feed.read(readerAt(1)), feed.read(readerAt(1))]);
  expect(other.inForce).toBe(one.inForce);
  expect(one.goodUntilMs).toBeGreaterThanOrEqual(before + EXCLUSIONS_GOOD_MS);
  expect(one.goodUntilMs).toBeLessThanOrEqual(systemClock.monotonic() + EXCLUSIONS_GOOD_MS);
  const { uid } = await excluding('198.18.0.4', 'default');
  const changed = await feed.read(readerAt(1));
  expect(changed.inForce.addresses.toTexts()).toEqual(['198.18.0.1-198.18.0.2', '198.18.0.4']);
  expect((await feed.read(readerAt(2))).inForce.addresses.toTexts()).toEqual(['198.18.0.1-198.18.0.2']);
  await removeExclusion(createWorkContext(db.store), uid, 'test');
  expect((await feed.read(readerAt(1))).inForce.addresses.toTexts()).toEqual(['198.18.0.1-198.18.0.2']);
});

it('misses none that is committed after a later one, while another is removed', async () => {
  const feed = feedOf(db.store);
  const doomed = await excluding('198.18.0.5');
  const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
  const { promise: isWritten, resolve: written } = Promise.withResolvers<void>();
  const slow = db.store.transaction(async (executor) => {
    const within = createWorkContext(storeWithin(db.store, executor));
    const order = { site: undefined, network: undefined, reason: null, actor: 'test' };
    await addExclusion(within, { address: '198.18.0.6', ...order });
    written();
    await mayCommit;
  });
  await isWritten;
  const later = await excluding('198.18.0.7');
  expect(addressesIn(await feed.read(readerAt(1)))).not.toContain('198.18.0.6');
  commit();
  await slow;
  await removeExclusion(createWorkContext(db.store), doomed.uid, 'test');
  const { inForce } = await feed.read(readerAt(1));
  expect(inForce.exclusions.map(({ first }) => first)).toContain('198.18.0.6');
  for (const { uid } of inForce.exclusions.filter(
    ({ first }) => first === '198.18.0.6' || first === later.first,
  ))
    await removeExclusion(createWorkContext(db.store), uid, 'test');
});

it('warns once that a read took too long to send by, and still delivers what it read', async () => {
  const log = createLog('silent');
  const warn = vi.spyOn(log, 'warn');
  const info = vi.spyOn(log, 'info');
  const metrics = createMetrics();
  const isHeld = async () => (await metrics.sendingHeld.get()).values[0]?.value;
  let stepMs = EXCLUSIONS_GOOD_MS;
  let nowMs = 0;
  const clock = { now: () => 0, monotonic: () => (nowMs += stepMs) };
  const feed = feedOf(db.store, { log, metrics, clock });
  const received: ExclusionReading[] = [];
  const unwatch = feed.watch(readerAt(1), (reading) => received.push(reading));
  try {
    await expect.poll(() => received.length, { timeout: 10_000 }).toBeGreaterThan(1);
    await expect.poll(isHeld).toBe(1);
    expect(warn.mock.calls.map(([reported]) => reported)).toMatchObject([
      { err: { message: expect.stringContaining(`took ${EXCLUSIONS_GOOD_MS} ms`) } },
    ]);
    stepMs = 1;
    await expect.poll(isHeld, { timeout: 10_000 }).toBe(0);
    expect(info).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledTimes(1);
  } finally {
    unwatch();
  }
});

it('notifies the others when one watcher throws', async () => {
  const log = createLog('silent');
  const error = vi.spyOn(log, 'error');
  const feed = feedOf(db.store, { log });
  const received: ExclusionReading[] = [];
  const unwatching = [
    feed.watch(readerAt(1), () => {
      throw new TypeError('broken by the test');
    }),
    feed.watch(readerAt(1), (reading) => received.push(reading)),
  ];
  await expect.poll(() => received.length, { timeout: 10_000 }).toBeGreaterThan(0);
  for (const unwatch of unwatching) unwatch();
  expect(error).toHaveBeenCalled();
});

it('does not wait for a connection of the pool', async () => {
  const database = openDatabase(db.address, () => undefined);
  try {
    const held = await Promise.all(
      Array.from({ length: database.pool.options.max }, () => database.pool.connect()),
    );
    await excluding('198.18.0.8');
    expect(addressesIn(await feedOf(createStore(database)).read(readerAt(1)))).toContain('198.18.0.8');
    for (const client of held) client.release();
  } finally {
    await database.close();
  }
});

it('is woken in a worker by the event of a committed exclusion, and only by that', async () => {
  const context = createWorkContext(db.store);
  const wake = vi.spyOn(context.exclusions, 'wake');
  const received: Announcement[] = [];
  const announcements = await subscribeToEvents(db.address, () => undefined);
  announcements.subscribe((announcement) => received.push(announcement));
  const worker = createWorker(context, announcements);
  try {
    const { uid } = await excluding('198.18.0.3');
    await expect.poll(() => wake.mock.calls.length).toBe(1);
    await expect(excluding('198.18.0.3')).rejects.toMatchObject({ code: 'conflict' });
    await removeExclusion(context, uid, 'test');
    await expect.poll(() => received.length).toBe(2);
    expect(received).toEqual([
      { kind: 'exclusion.added', scan: null },
      { kind: 'exclusion.removed', scan: null },
    ]);
    expect(wake).toHaveBeenCalledTimes(1);
  } finally {
    await worker.close();
    await announcements.close();
  }
});

const defaultRates = (jobId: number): Reader => ({
  siteId: 1,
  jobId,
  rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: false },
});
const named = (jobId: number): Reader => ({
  siteId: 1,
  jobId,
  rate: { packetsPerSecond: 100, packetsPerSecondPerHost: undefined, unlimited: false },
});

const partsOf = async (feed: ExclusionFeed, jobId: number) => (await feed.read(named(jobId))).terms.scanParts;

it('shares the rates of a site among the programs that send, and releases unused shares', async () => {
  const [one, other, unlimited] = [feedOf(db.store), feedOf(db.store), feedOf(db.store)];
  const received = { one: ALONE, other: ALONE };
  const complete = { siteParts: ALL_PARTS, scanParts: null };
  expect((await one.read(defaultRates(1))).terms).toMatchObject(complete);
  expect((await unlimited.read(readerAt(1))).terms).toMatchObject({ siteParts: null, scanParts: null });
  const unwatchOne = one.watch(defaultRates(1), ({ terms }) => (received.one = terms));
  // Until the other has become slower there is no share left.
  expect((await other.read(defaultRates(2))).terms.siteParts).toBe(0);
  const unwatchOther = other.watch(defaultRates(2), ({ terms }) => (received.other = terms));
  const parts = () => [received.one.siteParts, received.other.siteParts];
  try {
    await expect.poll(parts, { timeout: 10_000 }).toEqual([ALL_PARTS / 2, ALL_PARTS / 2]);
    unwatchOther();
    await expect.poll(() => received.one.siteParts, { timeout: 10_000 }).toBe(ALL_PARTS);
  } finally {
    unwatchOne();
    unwatchOther();
  }
});

it('shares the named rates of a scan among the programs that run it', async () => {
  const context = createWorkContext(db.store);
  const [first, second] = [
    await claimedScan(context, '127.0.43.8', '1'),
    await claimedScan(context, '127.0.43.9', '1'),
  ];
  // Inside a transaction the clock of PostgreSQL stands still: a share is valid for less than two seconds.
  await db.store.transaction(async (reserved) => {
    const store = { ...db.store, reserved };
    const [one, other] = [feedOf(store), feedOf(store)];
    expect(await partsOf(one, first.job.id)).toBe(ALL_PARTS);
    expect(await partsOf(other, second.job.id)).toBe(ALL_PARTS);
    expect(await partsOf(other, first.job.id)).toBe(0);
    // A scan that no longer exists has no rates, and prevents no read.
    expect(await partsOf(one, 1_000_000)).toBe(0);
  });
});

it('reports the share of the rates that this program holds, and nothing once it sends for none', async () => {
  // Shares of the earlier tests are not in use any more.
  await sql`DELETE FROM rate_shares`.execute(db.store.read);
  const metrics = createMetrics();
  const shares = async () =>
    (await metrics.rateShare.get()).values.map(({ labels, value }) => [labels['rate'], value]);
  const defaultRates = { ...readerAt(1), rate: { ...readerAt(1).rate, unlimited: false } };
  const unwatch = feedOf(db.store, { metrics }).watch(defaultRates, () => undefined);
  await expect.poll(shares, { timeout: 20_000 }).toEqual([['site', 1]]);
  const leave = feedOf(db.store).watch(defaultRates, () => undefined);
  await expect.poll(shares, { timeout: 20_000 }).toEqual([['site', 0.5]]);
  leave();
  unwatch();
  expect(await shares()).toEqual([]);
});
