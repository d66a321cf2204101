import { ScanoramaError } from '#domain/errors/error.js';

interface Run<Result> {
  readonly result: Promise<Result>;
  readonly halt: AbortController;
  waiting: number;
}

/**
 * Lets everybody who asks for the same costly thing at the same time share one run of it. The run is
 * aborted when the last of them has gone away.
 */
export class SharedRun<Result> {
  readonly #start: (signal: AbortSignal) => Promise<Result>;
  #current: Run<Result> | undefined;

  constructor(start: (signal: AbortSignal) => Promise<Result>) {
    this.#start = start;
  }

  /** Throws what the run throws, and `interrupted` as soon as it is halted or the signal is aborted, whoever else waits. */
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

  /** Ends the run, whoever waits for it. */
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
  return new ScanoramaError('interrupted', 'It was interrupted before it was done.');
}
