import type { Plan } from '#domain/scans/plan.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/**
 * When each block under way showed its first answer. Engines hand settled positions over about in the order
 * they settle, so the earliest of those seen by the time a block's first batch is stored dates it.
 */
export class BlockStarts {
  readonly #plan: Plan;
  readonly #startMs = new Map<number, number>();

  /** `resumed`: the start that was stored of the block a resumed run goes on in. */
  constructor(plan: Plan, resumed?: { readonly position: number; readonly startMs: number }) {
    this.#plan = plan;
    if (resumed !== undefined) this.#startMs.set(plan.blockOf(resumed.position), resumed.startMs);
  }

  /** Passes chunks on and notes what they begin. */
  async *watch(source: AsyncIterable<CompletedChunk>): AsyncGenerator<CompletedChunk, void, undefined> {
    for await (const chunk of source) {
      this.#noteAll(chunk);
      yield chunk;
    }
  }

  #noteAll({ count, positions, observedAtMs }: CompletedChunk): void {
    let block = -1;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < count; at += 1) {
      const of = this.#plan.blockOf(positions[at] ?? 0);
      if (of !== block) {
        if (block >= 0) this.#note(block, earliestMs);
        block = of;
        earliestMs = Number.POSITIVE_INFINITY;
      }
      earliestMs = Math.min(earliestMs, observedAtMs[at] ?? earliestMs);
    }
    if (block >= 0) this.#note(block, earliestMs);
  }

  #note(block: number, observedAtMs: number): void {
    const known = this.#startMs.get(block);
    if (known === undefined || observedAtMs < known) this.#startMs.set(block, observedAtMs);
  }

  /** Start of the block that holds a position; undefined when nothing of it has settled. */
  startOf(position: number): number | undefined {
    return this.#startMs.get(this.#plan.blockOf(position));
  }

  /** Lets go of a block that is committed to its end. */
  forget(position: number): void {
    this.#startMs.delete(this.#plan.blockOf(position));
  }
}
