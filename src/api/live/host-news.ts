/** Clients hear of hosts at most once in this time, however many somebody deletes. */
const HOST_NEWS_INTERVAL_MS = 500;

/** Turns announcements of what was done to hosts into one word to the clients, who ask for what they show. */
export class HostNews {
  readonly #tell: () => void;
  #waiting: NodeJS.Timeout | undefined;

  constructor(tell: () => void) {
    this.#tell = tell;
  }

  announce(): void {
    this.#waiting ??= setTimeout(() => {
      this.#waiting = undefined;
      this.#tell();
    }, HOST_NEWS_INTERVAL_MS);
  }

  close(): void {
    clearTimeout(this.#waiting);
  }
}
