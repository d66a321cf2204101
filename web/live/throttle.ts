/**
 *   calls  x x x x x . . . . x
 *   runs   x . . . x . . . . x      at once, then at most once an interval, the last never lost
 *
 * One such clock per key. The next run also waits for the one before, so that an answer slower
 * than the interval still arrives; a key that rests is forgotten.
 */
export function throttleByKey(intervalMs: number, run: (key: string) => Promise<unknown>) {
  const calledAgain = new Map<string, boolean>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const stopped = new AbortController();

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, intervalMs);
      timers.add(timer);
    });
  }

  async function runWhileCalled(key: string): Promise<void> {
    do {
      calledAgain.set(key, false);
      await Promise.allSettled([run(key), pause()]);
    } while (!stopped.signal.aborted && calledAgain.get(key) === true);
    calledAgain.delete(key);
  }

  return {
    call(key: string): void {
      if (stopped.signal.aborted) return;
      if (calledAgain.has(key)) calledAgain.set(key, true);
      else void runWhileCalled(key);
    },
    stop(): void {
      stopped.abort();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
