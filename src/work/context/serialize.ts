import { setTimeout as sleep } from 'node:timers/promises';
import type { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import type { WorkContext } from '#work/context/context.js';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;

/** What only one at a time may do. */
export interface Turn {
  /** Takes it until the transaction ends; false while somebody else has it, at once or after a moment's wait in PostgreSQL. */
  readonly take: (executor: Executor) => Promise<boolean>;
  /** The longest one statement may take, and the wait for somebody else. */
  readonly timeoutMs: number;
  readonly busy: () => ScanoramaError;
  /** Ends the wait for somebody else. */
  readonly signal?: AbortSignal;
}

/**
 * One transaction in which nobody else has the turn. Who waits holds no connection between two tries; throws `busy` in the end, and
 * what the signal is aborted with.
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
