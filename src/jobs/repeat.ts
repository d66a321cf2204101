export interface RepeatPace {
  /** From now to the first time, and from the end of each to the next; one that may change is asked each time. Milliseconds. */
  readonly firstMs: number;
  readonly everyMs: number | (() => number);
}

/**
 * Does something again and again, never twice at once, while a server runs. `work` must not reject; its signal says that
 * the server ends. Gives what ends it, and settles when what was under way is over.
 */
export function repeat(
  work: (signal: AbortSignal) => Promise<void>,
  { firstMs, everyMs }: RepeatPace,
): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const pauseMs = typeof everyMs === 'number' ? () => everyMs : everyMs;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const workIn = (delayMs: number): void => {
    timer = setTimeout(() => {
      working = work(signal).then(() => (signal.aborted ? undefined : workIn(pauseMs())));
    }, delayMs);
  };
  workIn(firstMs);
  return async () => {
    ending.abort();
    clearTimeout(timer);
    await working;
  };
}
