import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createWorker } from '#jobs/worker.js';
import { type Announcement, hearAnnouncements } from '#store/announcements.js';
import { createLog } from '#telemetry/log.js';
import { EXCLUSION_REREAD_MS, ExclusionFeed } from '#work/exclusion-feed.js';
import { addExclusion, removeExclusion } from '#work/exclusions.js';
import { openTestDatabase, type TestDatabase } from '../database.ts';
import { createWorkContext } from '../work-context.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
afterEach(() => {
  vi.useRealTimers();
});

const excluding = (address: string) =>
  addExclusion(createWorkContext(db.store), {
    address,
    site: undefined,
    network: undefined,
    reason: null,
    actor: 'test',
  });

it('reads at once for a new watcher, at a word, and every second; and not any more when nobody watches', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const feed = new ExclusionFeed(db.store, createLog('silent'));
  const heard: string[] = [];
  const unwatch = feed.watch(1, (inForce) => void heard.push(inForce.map(({ first }) => first).join()));
  await expect.poll(() => heard).toEqual(['']);
  await excluding('198.18.0.1');
  feed.wake();
  await expect.poll(() => heard).toEqual(['', '198.18.0.1']);
  await excluding('198.18.0.2');
  expect(heard).toHaveLength(2);
  vi.advanceTimersByTime(EXCLUSION_REREAD_MS);
  await expect.poll(() => heard.at(-1)).toBe('198.18.0.1,198.18.0.2');
  unwatch();
  expect(vi.getTimerCount()).toBe(0);
  feed.wake();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(heard).toHaveLength(3);
});

it('is woken in a worker by the announcement of a committed exclusion, and by that alone', async () => {
  const context = createWorkContext(db.store);
  const wake = vi.spyOn(context.exclusions, 'wake');
  const heard: Announcement[] = [];
  const announcements = await hearAnnouncements(db.address, () => undefined);
  announcements.subscribe((announcement) => heard.push(announcement));
  const worker = createWorker(context, announcements);
  try {
    const { uid } = await excluding('198.18.0.3');
    await expect.poll(() => wake.mock.calls.length).toBe(1);
    await expect(excluding('198.18.0.3')).rejects.toMatchObject({ code: 'conflict' });
    await removeExclusion(context, uid, 'test');
    await expect.poll(() => heard.length).toBe(2);
    expect(heard).toEqual([
      { kind: 'exclusion.added', scan: null },
      { kind: 'exclusion.removed', scan: null },
    ]);
    expect(wake).toHaveBeenCalledTimes(1);
  } finally {
    await worker.close();
    await announcements.close();
  }
});
