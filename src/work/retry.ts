import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '#store/failure.js';
import type { WorkContext } from '#work/context.js';

/** How often a transaction that failed for a passing reason is tried again, and how long the pauses grow. */
export const MAX_TRANSIENT_RETRIES = 8;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Runs a transaction again when it failed for a reason that passes (deadlock, lost connection, server
 * restart), with growing, jittered pauses. Only for work that may run twice: an exactly-once batch may.
 */
export async function retryTransient<Result>(
  context: WorkContext,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MAX_TRANSIENT_RETRIES || !isTransient(error)) throw error;
      context.log.warn(
        { attempt: attempt + 1, reason: error instanceof Error ? error.message : String(error) },
        'storing is tried again',
      );
      const jitter = 0.5 + (context.random(1)[0] ?? 0) / 510;
      await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * jitter);
    }
  }
}
