import { expect, test } from 'vitest';
import { workMs } from '#domain/scans/running-time.js';

const started_at = '2026-11-23T10:00:00.000Z';
const completed_at = '2026-11-23T10:04:11.000Z';
const nowMs = Date.parse('2026-11-23T10:05:00Z');

test.each([
  [{ started_at, completed_at, idle_seconds: 0 }, 251_000],
  [{ started_at, completed_at, idle_seconds: 224 }, 27_000],
  [{ started_at, completed_at: null, idle_seconds: 224 }, 76_000],
  [{ started_at, completed_at, idle_seconds: null }, null],
  [{ started_at: null, completed_at: null, idle_seconds: 0 }, null],
  // Two clocks of one server may differ by a little.
  [{ started_at, completed_at: started_at, idle_seconds: 0.001 }, 0],
])('somebody worked for a scan with %j for %s ms', (times, ms) => {
  expect(workMs(times, nowMs)).toBe(ms);
});
