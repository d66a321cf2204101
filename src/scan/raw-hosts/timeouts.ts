/** Probes waited for at once; while there is no room, nothing is sent. */
export const MAX_TIMEOUTS = 524_288;

/**
 * Sent probes in the order they were sent. All are waited for equally long, so the oldest is due first, and what was
 * answered is passed over when it comes to the front.
 */
export class Timeouts {
  readonly #slots = new Int32Array(MAX_TIMEOUTS);
  readonly #sentAt = new Int32Array(MAX_TIMEOUTS);
  #head = 0;
  #count = 0;

  /** How many more can be waited for. */
  get capacity(): number {
    return MAX_TIMEOUTS - this.#count;
  }

  /** Throws RangeError when there is no room. */
  push(slot: number, sentAtMicroseconds: number): void {
    if (this.capacity === 0) throw new RangeError(`${MAX_TIMEOUTS} probes are waited for already`);
    const at = (this.#head + this.#count) & (MAX_TIMEOUTS - 1);
    this.#slots[at] = slot;
    this.#sentAt[at] = sentAtMicroseconds;
    this.#count += 1;
  }

  /** The slot of the oldest probe for which `isPending(slot, sentAt)`; -1 for none. Those before it are forgotten. */
  first(isPending: (slot: number, sentAtMicroseconds: number) => boolean): number {
    while (this.#count > 0) {
      const slot = this.#slots[this.#head] ?? -1;
      if (isPending(slot, this.#sentAt[this.#head] ?? 0)) return slot;
      this.drop();
    }
    return -1;
  }

  drop(): void {
    this.#head = (this.#head + 1) & (MAX_TIMEOUTS - 1);
    this.#count -= 1;
  }
}
