/** Chunks of one run that may be under way or unread; for each one read, the reader allows one more. */
export const CREDIT_CHUNKS = 8;

/**
 * How many chunks may still be sent: what holds the prober back when its reader is slow.
 *
 *     CREDIT_CHUNKS ── take: a chunk is sent ──> … 0: whoever takes waits ──> grant: the reader took one
 */
export class Credit {
  #chunks = CREDIT_CHUNKS;
  #isClosed = false;
  #changed = Promise.withResolvers<void>();

  /** Never beyond CREDIT_CHUNKS, whatever the other side says. */
  grant(chunks: number): void {
    this.#chunks = Math.min(CREDIT_CHUNKS, this.#chunks + chunks);
    this.#wake();
  }

  /** True when a chunk may be sent, false when nobody reads any more. One may wait at a time. */
  async take(): Promise<boolean> {
    while (this.#chunks === 0 && !this.#isClosed) await this.#changed.promise;
    if (this.#isClosed) return false;
    this.#chunks -= 1;
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
