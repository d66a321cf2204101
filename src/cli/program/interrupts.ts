/**
 * Ctrl-C, SIGTERM and SIGHUP.
 *
 *     first   ──→ the handler registered last (a scan stops itself), otherwise `signal` aborts
 *     second  ──→ exit at once
 */
export class Interrupts {
  readonly #leaveNow: () => void;
  readonly #abort = new AbortController();
  readonly #handlers: (() => void)[] = [];
  #delivered = false;

  /** `leaveNow` ends the process; it is called at the second interruption. */
  constructor(leaveNow: () => void) {
    this.#leaveNow = leaveNow;
  }

  /** Aborts at the first interruption that no handler took over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  deliver(): void {
    if (this.#delivered) {
      this.#leaveNow();
      return;
    }
    this.#delivered = true;
    const handler = this.#handlers.at(-1);
    if (handler === undefined) this.#abort.abort();
    else handler();
  }

  /** Takes the first interruption over until the returned function is called. */
  takeOver(handler: () => void): () => void {
    this.#handlers.push(handler);
    return () => {
      const index = this.#handlers.lastIndexOf(handler);
      if (index >= 0) this.#handlers.splice(index, 1);
    };
  }
}
