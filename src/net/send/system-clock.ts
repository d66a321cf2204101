import type { Clock } from '#domain/time/clock.js';

/**
 * The machine's monotonic clock, so that a deadline passes at the same time in every process and thread. It is read
 * directly each time: `performance.now()` counts from an origin of each process, and a process whose origin was
 * measured too late would take expired deadlines for valid as long as it lives.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint()) / 1_000_000,
};
