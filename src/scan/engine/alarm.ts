import type { Clock } from '#domain/time/clock.js';

/** Calls back once, at the earliest of the times it was set to. */
export class Alarm {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #set: { readonly timer: NodeJS.Timeout; readonly atMs: number } | undefined;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** `atMs` is on the monotonic clock; infinity is never. */
  set(atMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY || (this.#set !== undefined && this.#set.atMs <= atMs)) return;
    clearTimeout(this.#set?.timer);
    const delayMs = Math.max(1, Math.ceil(atMs - this.#clock.monotonic()));
    const timer = setTimeout(() => {
      this.#set = undefined;
      this.#onDue();
    }, delayMs);
    this.#set = { timer, atMs };
  }

  clear(): void {
    clearTimeout(this.#set?.timer);
    this.#set = undefined;
  }
}
