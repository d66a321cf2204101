import type { Pace } from '#net/send/pace.js';

/**
 * Lets one nmap at a time run under a pace. nmap holds a rate by itself and knows of no other: two of them under
 * one limit, as for two parts of a scan, would send twice as much.
 */
export class NmapSlots {
  readonly #last = new WeakMap<Pace, Promise<void>>();

  /** Waits until no other has its turn, or for an abort, and gives how to end the turn. */
  async begin(pace: Pace, signal: AbortSignal): Promise<() => void> {
    const before = this.#last.get(pace) ?? Promise.resolve();
    const turn = Promise.withResolvers<void>();
    this.#last.set(
      pace,
      before.then(() => turn.promise),
    );
    const aborted = Promise.withResolvers<void>();
    const abort = (): void => aborted.resolve();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    await Promise.race([before, aborted.promise]);
    signal.removeEventListener('abort', abort);
    return turn.resolve;
  }
}
