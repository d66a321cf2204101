import { ScanoramaError } from '#domain/errors/error.js';

interface Run<Result> {
  readonly result: Promise<Result>;
  readonly halt: AbortController;
  waiting: number;
}

/**
 * Lets all concurrent callers of an expensive operation share one run of it. The run is aborted when the last of them
 * has aborted.
 */
export class SharedRun<Result> {
  readonly #start: (signal: AbortSignal) => Promise<Result>;
  #current: Run<Result> | undefined;

  constructor(start: (signal: AbortSignal) => Promise<Result>) {
    this.#start = start;
  }

  /**
   * Throws what the run throws, and `interrupted` as soon as the run is halted or the signal aborts, even if other
   * callers wait.
   */
  async join(signal: AbortSignal): Promise<Result> {
    if (signal.aborted) throw interrupted();
    const run = (this.#current ??= this.#begin());
    run.waiting += 1;
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => {
      run.waiting -= 1;
      if (run.waiting === 0) this.#end(run);
      reject(interrupted());
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([run.result, left]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Ends the run for all callers. */
  halt(): void {
    if (this.#current !== undefined) this.#end(this.#current);
  }

  #begin(): Run<Result> {
    const halt = new AbortController();
    const { promise: halted, reject } = Promise.withResolvers<never>();
    halt.signal.addEventListener('abort', () => reject(halt.signal.reason), { once: true });
    const result = Promise.race([this.#start(halt.signal), halted]).finally(() => {
      if (this.#current?.halt === halt) this.#current = undefined;
    });
    return { result, halt, waiting: 0 };
  }

  #end(run: Run<Result>): void {
    run.halt.abort(interrupted());
    if (this.#current === run) this.#current = undefined;
  }
}

function interrupted(): ScanoramaError {
  return new ScanoramaError('interrupted', 'The operation was interrupted before it was complete.');
}
