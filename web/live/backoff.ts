const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/**
 * How long to wait before try number `attempt` (from 0): doubling up to a bound, the upper half
 * left to chance so that many pages do not return to a restarted server in one beat.
 */
export function retryDelayMs(attempt: number, random: () => number): number {
  const ceilingMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 30));
  return ceilingMs / 2 + (ceilingMs / 2) * random();
}
