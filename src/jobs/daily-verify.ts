import { repeat } from '#jobs/repeat.js';
import type { WorkContext } from '#work/context/context.js';
import type { VerifyRuns } from '#work/health/verify-runs.js';

/** When a server looks whether it is time, and how old the last outcome is then. Milliseconds. */
export interface VerifyPace {
  readonly intervalMs: number;
  /** From the start to the first look: a start has enough to do. */
  readonly firstCheckMs: number;
  readonly checkMs: number;
}

/** Once a day, whatever verified last: a person, this server or another one on the same database. */
export const DAILY_VERIFY: VerifyPace = {
  intervalMs: 24 * 3_600_000,
  firstCheckMs: 5 * 60_000,
  checkMs: 10 * 60_000,
};

/** Verifies what is stored once a day while a server runs; gives what ends it, a run under way included. */
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

/** Never rejects: what fails is tried again at the next look. */
async function attempt(
  { store, log }: WorkContext,
  work: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted || store.breaker.isOpen) return;
  try {
    await work();
  } catch (error) {
    if (!signal.aborted)
      log.warn({ err: error }, 'stored data could not be verified; that is tried again later');
  }
}
