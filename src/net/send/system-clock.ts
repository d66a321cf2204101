import type { Clock } from '#domain/time/clock.js';

/**
 * The clock of the machine: what ran out by it has run out in every process and thread of it. Read as it is each time:
 * `performance.now()` counts from an origin of each process, and where that was measured too late, the process would take
 * what ran out for good, for as long as it lives.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint()) / 1_000_000,
};
