import { setTimeout as sleep } from 'node:timers/promises';
import type { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import type { WorkContext } from '#work/context/context.js';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;

/** A lock that only one transaction holds at a time. */
export interface Turn {
  /**
   * Takes the lock until the transaction ends. Returns false while another transaction holds it, at once or after a
   * short wait in PostgreSQL.
   */
  readonly take: (executor: Executor) => Promise<boolean>;
  /** The longest time for one statement, and for waiting for the lock. */
  readonly timeoutMs: number;
  readonly busy: () => ScanoramaError;
  /** Ends the wait for the lock. */
  readonly signal?: AbortSignal;
}

/**
 * Runs one transaction that holds the lock. No connection is held between two attempts to take it. Throws `busy` when
 * the time is up, and the reason of the signal when it aborts.
 */
export async function serialized<Answer>(
  context: WorkContext,
  { take, timeoutMs, busy, signal }: Turn,
  work: (executor: Executor) => Promise<Answer>,
): Promise<Answer> {
  const begunMs = context.clock.monotonic();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    signal?.throwIfAborted();
    const done = await context.store.transaction(
      async (executor) => ((await take(executor)) ? { answer: await work(executor) } : undefined),
      { statementTimeoutMs: timeoutMs },
    );
    if (done !== undefined) return done.answer;
    if (context.clock.monotonic() - begunMs > timeoutMs) throw busy();
    const jitter = 0.5 + (context.random(1)[0] ?? 0) / 510;
    await sleep(pauseMs * jitter);
  }
}
