import { type ExclusionView, exclusionsInForce } from '#store/exclusions.js';
import type { Store } from '#store/store.js';
import type { Log } from '#telemetry/log.js';

/**
 * How often the stored exclusions are read again while something runs that has to heed them, announced or not: an
 * announcement is a hint, and may be lost with its connection.
 */
export const EXCLUSION_REREAD_MS = 1_000;

type Listener = (inForce: readonly ExclusionView[]) => void;

interface Watcher {
  readonly siteId: number;
  readonly listener: Listener;
}

/**
 * Tells whoever runs of the exclusions in force, all of them each time, soon after one was added anywhere.
 *
 *     announcement ─┐
 *     every second ─┼─→ one reading at a time ─→ the watchers of each site
 *     new watcher ──┘
 */
export class ExclusionFeed {
  readonly #store: Store;
  readonly #log: Log;
  readonly #watchers = new Set<Watcher>();
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;
  /** Asked for while one is under way, which may have read too early. */
  #isAgain = false;

  constructor(store: Store, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** Reads soon and then again and again; gives what ends it. */
  watch(siteId: number, listener: Listener): () => void {
    const watcher = { siteId, listener };
    this.#watchers.add(watcher);
    this.#timer ??= setInterval(() => this.wake(), EXCLUSION_REREAD_MS);
    this.wake();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Something changed, or may have. */
  wake(): void {
    this.#isAgain = true;
    if (!this.#isReading) void this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    while (this.#isAgain && this.#watchers.size > 0) {
      this.#isAgain = false;
      try {
        await this.#read();
      } catch (error) {
        this.#log.warn({ err: error }, 'the exclusions could not be read again; in a second they are');
      }
    }
    this.#isReading = false;
  }

  async #read(): Promise<void> {
    // While the database is away for this program nothing is read: a run goes on with what it heeds, within its window.
    if (this.#store.breaker.isOpen) return;
    for (const siteId of new Set([...this.#watchers].map((watcher) => watcher.siteId))) {
      const inForce = await exclusionsInForce(this.#store.read, siteId);
      for (const watcher of this.#watchers) if (watcher.siteId === siteId) watcher.listener(inForce);
    }
  }
}
