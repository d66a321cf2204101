import type { Scan } from '#contract/scans/scan.js';
import { workMs } from '#domain/scans/running-time.js';
import { humanDuration } from '#domain/time/duration.js';

type Course = Pick<Scan, 'status' | 'started_at' | 'completed_at' | 'idle_seconds'>;

/** How long somebody worked for a scan, so far or in all; a dash where nobody does now, or where that is not known. */
export function workText(scan: Course, nowMs: number): string {
  const ms = scan.status === 'pending' ? null : workMs(scan, nowMs);
  return ms === null ? '–' : humanDuration(ms);
}
