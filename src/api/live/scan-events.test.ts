import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EVENT_INTERVAL_MS, ScanEvents } from '#api/live/scan-events.js';
import type { Scan } from '#contract/scans/scan.js';
import { createLog } from '#telemetry/log.js';
import { scanOf } from '../../../test/support/scans/scan-view.ts';

const SCAN = scanOf({
  status: 'running',
  completed_at: null,
  progress: { percent: 0, positions: 1, settled: 0, skipped: 0 },
});

const told: number[] = [];
const purged: string[] = [];
let settled = 0;
let isWanted = true;
let reads = 0;
let readLasts = 0;
let news: ScanEvents;

async function read(uid: string): Promise<Scan | undefined> {
  reads += 1;
  const seen = settled;
  await new Promise((resolve) => setTimeout(resolve, readLasts));
  if (uid === 'purged') return undefined;
  if (uid === 'broken') throw new Error('the database is away');
  return { ...SCAN, progress: { ...SCAN.progress, settled: seen } };
}

beforeEach(() => {
  vi.useFakeTimers();
  told.length = 0;
  purged.length = 0;
  [settled, reads, readLasts, isWanted] = [0, 0, 0, true];
  news = new ScanEvents({
    read,
    tell: (scan) => told.push(scan.progress.settled),
    publishPurged: (uid) => purged.push(uid),
    isWanted: () => isWanted,
    log: createLog('silent'),
  });
});
afterEach(() => {
  news.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('many announcements are one reading, of the newest', async () => {
  for (settled = 1; settled < 500; settled += 1) news.announce('a');
  await vi.advanceTimersByTimeAsync(EVENT_INTERVAL_MS + 1);
  expect(told).toEqual([500]);
  expect(reads).toBe(1);
});

test('a second of announcements is ten readings, and the last announcement is answered', async () => {
  for (let ms = 0; ms < 1_000; ms += 1) {
    settled = ms;
    news.announce('a');
    await vi.advanceTimersByTimeAsync(1);
  }
  settled = 1_000;
  news.announce('a');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(reads).toBeLessThanOrEqual(11);
  expect(told.at(-1)).toBe(1_000);
});

test('what is announced during a reading is read after it, never beside it', async () => {
  readLasts = 1_000;
  news.announce('a');
  await vi.advanceTimersByTimeAsync(EVENT_INTERVAL_MS + 500);
  settled = 7;
  news.announce('a');
  news.announce('a');
  expect(reads).toBe(1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(reads).toBe(2);
  expect(told).toEqual([0, 7]);
});

test('scans do not wait for each other: one that fails is passed over, one that was purged is told as that', async () => {
  for (const uid of ['broken', 'purged', 'a', 'b']) news.announce(uid);
  await vi.advanceTimersByTimeAsync(EVENT_INTERVAL_MS + 1);
  expect(told).toHaveLength(2);
  expect(purged).toEqual(['purged']);
  news.announce('broken');
  await vi.advanceTimersByTimeAsync(EVENT_INTERVAL_MS + 1);
  expect(reads).toBe(5);
});

test('nothing is read for nobody, nor after the end', async () => {
  isWanted = false;
  news.announce('a');
  isWanted = true;
  news.announce('b');
  news.close();
  news.announce('c');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(reads).toBe(0);
});
