/** Failures in a row, of one probe or of all, after which this machine is taken to be unable. */
export const MAX_LOCAL_FAILURES = 8;
export const LOCAL_BACKOFF_MS = 100;
export const MAX_LOCAL_BACKOFF_MS = 2_000;

/** How long to rest after the nth failure in a row, n from 1. */
export function localBackoffMs(failures: number): number {
  return Math.min(MAX_LOCAL_BACKOFF_MS, LOCAL_BACKOFF_MS * 2 ** (failures - 1));
}

/**
 * How many probes may be in flight: halved, after a rest, each time this machine runs short of descriptors,
 * ports or memory, and grown by one for every full round of answers.
 */
export class Concurrency {
  readonly #ceiling: number;
  #limit: number;
  #failures = 0;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(ceiling: number) {
    this.#ceiling = ceiling;
    this.#limit = ceiling;
  }

  get restUntilMs(): number {
    return this.#restUntilMs;
  }

  allows(inFlight: number): boolean {
    return inFlight < Math.floor(this.#limit);
  }

  observed(): void {
    this.#failures = 0;
    this.#limit = Math.min(this.#ceiling, this.#limit + 1 / this.#limit);
  }

  /** False when there were too many in a row. Failures during a rest are of the burst that caused it. */
  failed(inFlight: number, nowMs: number): boolean {
    if (nowMs < this.#restUntilMs) return true;
    this.#failures += 1;
    this.#limit = Math.max(1, Math.min(this.#limit, inFlight + 1) / 2);
    this.#restUntilMs = nowMs + localBackoffMs(this.#failures);
    return this.#failures < MAX_LOCAL_FAILURES;
  }
}
