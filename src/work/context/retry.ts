import { setTimeout as sleep } from 'node:timers/promises';
import { isAway, transienceOf } from '#store/database/failure.js';
import type { WorkContext } from '#work/context/context.js';

/** How often a transaction with a transient failure is retried, and how long the pauses grow. */
export const MAX_TRANSIENT_RETRIES = 8;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/**
 * How long work is held while PostgreSQL is unavailable. Then it fails, and a later poll continues from the
 * checkpoint.
 */
export const OUTAGE_HOLD_MS = 300_000;

/**
 * Retries a transaction that failed for a transient reason (the table of SQLSTATEs, or a lost connection) with
 * growing, jittered pauses. While PostgreSQL is unavailable the transaction is held instead, up to `outageHoldMs`,
 * and the failure does not count. Only for work that may run twice, such as an exactly-once batch. An abort ends the
 * hold.
 */
export async function retryTransient<Result>(
  context: WorkContext,
  work: () => Promise<Result>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Result> {
  const begunMs = context.clock.monotonic();
  for (let attempt = 0; ; ) {
    try {
      return await work();
    } catch (error) {
      const reason = transienceOf(error);
      if (reason === undefined || attempt >= MAX_TRANSIENT_RETRIES) throw error;
      const isHeld = isAway(error) && context.store.breaker.isOpen;
      const leftMs = context.outageHoldMs - (context.clock.monotonic() - begunMs);
      if (isHeld && !(await holdUntilBack(context, leftMs, signal))) throw error;
      if (!isHeld) attempt += 1;
      context.metrics.retries.inc({ sqlstate: reason });
      context.log.warn(
        { attempt, sqlstate: reason, reason: error instanceof Error ? error.message : String(error) },
        'storing will be retried',
      );
      await sleep(pauseMs(context, attempt));
    }
  }
}

function pauseMs(context: WorkContext, attempt: number): number {
  const jitter = 0.5 + (context.random(1)[0] ?? 0) / 510;
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, attempt - 1)) * jitter;
}

/** Returns true when PostgreSQL came back within the time and before the signal. */
async function holdUntilBack(context: WorkContext, holdMs: number, signal: AbortSignal): Promise<boolean> {
  if (holdMs <= 0) return false;
  context.log.warn({ holdMs: Math.round(holdMs) }, 'the database is unavailable; data to be stored is held');
  return context.store.breaker.whenClosed(AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(holdMs))]));
}
