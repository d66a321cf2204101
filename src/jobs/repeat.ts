export interface RepeatPace {
  /** Delay before the first run. Milliseconds. */
  readonly firstMs: number;
  /** Delay from the end of a run to the next. A function is called each time. Milliseconds. */
  readonly everyMs: number | (() => number);
}

/**
 * Runs `work` repeatedly without overlap while a server runs. `work` must not reject. Its signal aborts when the
 * server ends. Returns a function that ends the repetition. Its promise resolves when the run in progress is over.
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
