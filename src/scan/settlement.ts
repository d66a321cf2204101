import { ScanoramaError } from '#domain/error.js';
import type { Settled } from '#scan/engine.js';

/** How far a settled position may be ahead of the first gap: more than any engine's window. */
export const MAX_AHEAD_POSITIONS = 262_144;

/**
 * Positions settle in any order; a checkpoint moves only over those without a gap before them.
 *
 *     first ─────── checkpoint ────── prefixEnd ─────────────
 *        taken    │   ready to be taken  │ . x x . x         x = settled, beyond a gap
 *
 * What settles a second time, or late, is counted and dropped: a position has one observation.
 */
export class Settlement {
  readonly #settled = new Map<number, Settled>();
  #checkpoint: number;
  #prefixEnd: number;
  #dropped = 0;

  constructor(first: number) {
    this.#checkpoint = first;
    this.#prefixEnd = first;
  }

  /** Everything below is taken. */
  get checkpoint(): number {
    return this.#checkpoint;
  }

  /** How many positions from the checkpoint on are settled without a gap. */
  get readyCount(): number {
    return this.#prefixEnd - this.#checkpoint;
  }

  /** Settled beyond the first gap. */
  get aheadCount(): number {
    return this.#settled.size - this.readyCount;
  }

  /** Duplicates and latecomers. */
  get droppedCount(): number {
    return this.#dropped;
  }

  /** Throws `internal` for an engine that runs further ahead than its window allows. */
  add(settled: Settled): void {
    const { position } = settled;
    if (position < this.#prefixEnd || this.#settled.has(position)) {
      this.#dropped += 1;
      return;
    }
    if (position >= this.#prefixEnd + MAX_AHEAD_POSITIONS) {
      throw new ScanoramaError(
        'internal',
        `Position ${position} settled too far ahead of ${this.#prefixEnd}.`,
      );
    }
    this.#settled.set(position, settled);
    while (this.#settled.has(this.#prefixEnd)) this.#prefixEnd += 1;
  }

  /** Takes up to `maxPositions` off the checkpoint, ordered by position. */
  take(maxPositions: number): readonly Settled[] {
    const taken: Settled[] = [];
    const end = Math.min(this.#prefixEnd, this.#checkpoint + maxPositions);
    for (; this.#checkpoint < end; this.#checkpoint += 1) {
      const settled = this.#settled.get(this.#checkpoint);
      if (settled !== undefined) taken.push(settled);
      this.#settled.delete(this.#checkpoint);
    }
    return taken;
  }
}
