/** From the first failure to the next attempt; twice as long after each further one. */
const FIRST_PAUSE_MS = 60_000;
export const LONGEST_PAUSE_MS = 6 * 3_600_000;
/** Failures that are remembered at once; the oldest are forgotten, and their work is new again. */
const MAX_REMEMBERED = 10_000;

interface Failures {
  readonly count: number;
  readonly againMs: number;
}

/** What this program failed at, by number, and when it may try each again. In memory: a restart tries all at once. */
export class Postponed {
  readonly #failures = new Map<number, Failures>();
  readonly #clock: { readonly monotonic: () => number };

  constructor(clock: { readonly monotonic: () => number }) {
    this.#clock = clock;
  }

  /** All that failed the last time, whether its pause is over or not. */
  get all(): readonly number[] {
    return [...this.#failures.keys()];
  }

  /** Those whose pause is over, longest first. */
  due(): readonly number[] {
    const nowMs = this.#clock.monotonic();
    const over = [...this.#failures].filter(([, { againMs }]) => againMs <= nowMs);
    return over.toSorted(([, a], [, b]) => a.againMs - b.againMs).map(([id]) => id);
  }

  failed(id: number): void {
    const count = (this.#failures.get(id)?.count ?? 0) + 1;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (count - 1));
    this.forget(id);
    this.#failures.set(id, { count, againMs: this.#clock.monotonic() + pauseMs });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MAX_REMEMBERED) return;
      this.#failures.delete(oldest);
    }
  }

  /** It was done, or there is nothing to be done. */
  forget(id: number): void {
    this.#failures.delete(id);
  }
}
