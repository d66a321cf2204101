import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EVENT_INTERVAL_MS, ScanEvents } from '#api/live/scan-events.js';
import type { Scan } from '#contract/scans/scan.js';
import { createLog } from '#telemetry/log.js';
import { scanOf } from '../../../test/support/scans/scan-view.ts';

const SCAN = scanOf({
  status: 'running',
  completed_at: null,
  progress: { percent: 0, positions: 1, completed: 0, skipped: 0 },
});

const reported: number[] = [];
const purged: string[] = [];
let completed = 0;
let isWanted = true;
let reads = 0;
let readLasts = 0;
let events: ScanEvents;

async function read(uid: string): Promise<Scan | undefined> {
  reads += 1;
  const seen = completed;
  await new Promise((resolve) => setTimeout(resolve, readLasts));
  if (uid === 'purged') return undefined;
  if (uid === 'broken') throw new Error('the database is away');
  return { ...SCAN, progress: { ...SCAN.progress, completed: seen } };
}

beforeEach(() => {
  vi.useFakeTimers();
  reported.length = 0;
  purged.length = 0;
  [completed, reads, readLasts, isWanted] = [0, 0, 0, true];
  events = new ScanEvents({
    read,
    report: (scan) => reported.push(scan.progress.completed),
    publishPurged: (uid) => purged.push(uid),
    isWanted: () => isWanted,
    log: createLog('silent'),
  });
});
afterEach(() => {
  events.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('many announcements are one reading, of the newest', async () => {
  for (completed = 1; completed < 500; completed += 1) events.announce('a');
  await vi.advanceTimersByTimeAsync(EVENT_INTERVAL_MS + 1);
  expect(reported).toEqual([500]);
  expect(reads).toBe(1);
});

test('a second of announcements is ten readings, and the last announcement is answered', async () => {
  for (let ms = 0; ms < 1_000; ms += 1) {
    completed = ms;
    events.announce('a');
    await vi.advanceTimersByTimeAsync(1);
  }
  completed = 1_000;
  events.announce('a');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(reads).toBeLessThanOrEqual(11);
  expect(reported.at(-1)).toBe(1_000);
});

test('what is announced during a reading is read after it, never beside it', async () => {
  readLasts = 1_000;
  events.announce('a');
  await vi.advanceTimersByTimeAsync(EVENT_INTERVAL_MS + 500);
  completed = 7;
  events.announce('a');
  events.announce('a');
  expect(reads).toBe(1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(reads).toBe(2);
  expect(reported).toEqual([0, 7]);
});

test('scans do not wait for each other: one that fails is passed over, one that was purged is told as that', async () => {
  for (const uid of ['broken', 'purged', 'a', 'b']) events.announce(uid);
  await vi.advanceTimersByTimeAsync(EVENT_INTERVAL_MS + 1);
  expect(reported).toHaveLength(2);
  expect(purged).toEqual(['purged']);
  events.announce('broken');
  await vi.advanceTimersByTimeAsync(EVENT_INTERVAL_MS + 1);
  expect(reads).toBe(5);
});

test('nothing is read for nobody, nor after the end', async () => {
  isWanted = false;
  events.announce('a');
  isWanted = true;
  events.announce('b');
  events.close();
  events.announce('c');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(reads).toBe(0);
});
