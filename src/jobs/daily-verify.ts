import { repeat } from '#jobs/repeat.js';
import type { WorkContext } from '#work/context/context.js';
import type { VerifyRuns } from '#work/health/verify-runs.js';

/**
 * How often a server checks whether verification is due, and the age at which the last outcome is too old.
 * Milliseconds.
 */
export interface VerifyPace {
  readonly intervalMs: number;
  /** From the start to the first check, so that the start itself is not slowed down. */
  readonly firstCheckMs: number;
  readonly checkMs: number;
}

/** Once a day, no matter what verified last: a person, this server or another server on the same database. */
export const DAILY_VERIFY: VerifyPace = {
  intervalMs: 24 * 3_600_000,
  firstCheckMs: 5 * 60_000,
  checkMs: 10 * 60_000,
};

/**
 * Verifies stored data once a day while a server runs. Returns a function that ends this, including a run in
 * progress.
 */
export function keepVerified(
  context: WorkContext,
  runs: VerifyRuns,
  pace: VerifyPace = DAILY_VERIFY,
): () => Promise<void> {
  const ending = new AbortController();
  const recalling = attempt(context, () => runs.recall(), ending.signal);
  const poll = async (signal: AbortSignal): Promise<void> => {
    await recalling;
    await attempt(context, () => runs.runWhenDue(pace.intervalMs, signal), signal);
  };
  const stop = repeat(poll, { firstMs: pace.firstCheckMs, everyMs: pace.checkMs });
  return async () => {
    ending.abort();
    await Promise.all([recalling, stop()]);
  };
}

/** Never rejects: a failure is retried at the next check. */
async function attempt(
  { store, log }: WorkContext,
  work: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted || store.breaker.isOpen) return;
  try {
    await work();
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error }, 'stored data could not be verified; will be retried');
  }
}
