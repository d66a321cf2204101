/** Clients hear of hosts, or of workers, at most once in this time, however many turned. */
export const EVENT_KIND_INTERVAL_MS = 500;

export interface BatchedEventsOptions {
  readonly report: () => void;
  /** Whether anybody is listening. */
  readonly isWanted: () => boolean;
}

/** Gathers what happens to things of one kind: whoever shows some asks for them anew, so one word serves for all. */
export class BatchedEvents {
  readonly #options: BatchedEventsOptions;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: BatchedEventsOptions) {
    this.#options = options;
  }

  announce(): void {
    if (this.#isClosed || this.#timer !== undefined || !this.#options.isWanted()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#options.report();
    }, EVENT_KIND_INTERVAL_MS);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}
