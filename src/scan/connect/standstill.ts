import type { Freshness } from '#net/send/exclusion-freshness.js';

/** Notices for how long nothing could be sent, so that nobody's silence is taken for an answer because of it. */
export class Standstill {
  readonly #freshness: Freshness;
  #sinceMs: number | undefined;

  constructor(freshness: Freshness) {
    this.#freshness = freshness;
  }

  /** How long it had stood still, milliseconds, when it just went on; 0 else; undefined while it stands still. */
  poll(nowMs: number): number | undefined {
    if (this.#freshness.isOver) {
      this.#sinceMs ??= nowMs;
      return undefined;
    }
    const stoodMs = this.#sinceMs === undefined ? 0 : nowMs - this.#sinceMs;
    this.#sinceMs = undefined;
    return stoodMs;
  }
}
