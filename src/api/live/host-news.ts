/** Clients hear of hosts at most once in this time, however many turned. */
export const HOST_NEWS_INTERVAL_MS = 500;

export interface HostNewsOptions {
  readonly tell: () => void;
  /** Whether anybody is listening. */
  readonly isWanted: () => boolean;
}

/** Gathers what happens to hosts: whoever shows some asks for them anew, so one word serves for all. */
export class HostNews {
  readonly #options: HostNewsOptions;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: HostNewsOptions) {
    this.#options = options;
  }

  announce(): void {
    if (this.#isClosed || this.#timer !== undefined || !this.#options.isWanted()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#options.tell();
    }, HOST_NEWS_INTERVAL_MS);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}
