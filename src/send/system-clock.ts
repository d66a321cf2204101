import type { Clock } from '#domain/clock.js';

/** When `performance.now()` began to count in this process or thread, on the clock of the machine. */
const originMs = Number(process.hrtime.bigint()) / 1_000_000 - performance.now();

/** The clock of the machine: what ran out by it has run out in every process and thread of it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => originMs + performance.now(),
};
