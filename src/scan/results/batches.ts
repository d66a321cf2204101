import type { Clock } from '#domain/time/clock.js';
import { type CompletedChunk, isAnswerCode, SKIPPED } from '#scan/results/completed-chunk.js';
import { type CompletedInterval, Settlement } from '#scan/results/completion.js';

export const MAX_BATCH_POSITIONS = 65_536;
export const MAX_BATCH_DELAY_MS = 500;

/** A closed interval of the plan, every position of it settled: what one transaction stores. */
export interface ObservationBatch {
  readonly first: number;
  /** Not included. */
  readonly end: number;
  readonly completed: CompletedInterval;
  readonly probesSent: number;
  readonly probesAnswered: number;
}

export interface BatchesOptions {
  /** The checkpoint: where the first batch begins. */
  readonly first: number;
  readonly maxPositions: number;
  /** How long something settled may wait for more to join it. */
  readonly maxDelayMs: number;
  /** The end of the group a position belongs to: no batch reaches over it. Without it there are no groups. */
  readonly endOfGroup?: (position: number) => number;
  readonly clock: Clock;
}

/** Batches without a gap between them, in order; at most one full batch is read ahead of a slow reader. */
export interface BatchStream extends AsyncIterable<ObservationBatch> {
  /** Positions that settled twice or late. */
  readonly droppedCount: number;
  /** Positions settled beyond a gap that was never closed: a resumed scan asks them again. */
  readonly leftoverCount: number;
}

/** An error of the source is thrown after the last batch that could be closed. Leaving the loop closes the source. */
export function batches(source: AsyncIterable<CompletedChunk>, options: BatchesOptions): BatchStream {
  return new Assembler(source, options);
}

/**
 *     source ──reader──> settlement ──(full / late / end)──> batches
 *                 └── rests while a full batch is ready
 */
class Assembler implements BatchStream {
  readonly #source: AsyncIterable<CompletedChunk>;
  readonly #options: BatchesOptions;
  readonly #settlement: Settlement;
  #readySinceMs: number | undefined;
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #leftoverCount = 0;
  /** Wakes whoever waits for something to be ready. */
  #changed = Promise.withResolvers<void>();
  /** Wakes the reader of the source. */
  #taken = Promise.withResolvers<void>();

  constructor(source: AsyncIterable<CompletedChunk>, options: BatchesOptions) {
    this.#source = source;
    this.#options = options;
    this.#settlement = new Settlement(options.first);
  }

  get droppedCount(): number {
    return this.#settlement.droppedCount;
  }

  get leftoverCount(): number {
    return this.#leftoverCount;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ObservationBatch, void, undefined> {
    const chunks = this.#source[Symbol.asyncIterator]();
    const reading = this.#read(chunks);
    try {
      for (;;) {
        await this.#untilDue();
        if (this.#settlement.readyCount === 0) break;
        yield this.#take();
      }
    } finally {
      this.#isEnded = true;
      this.#taken.resolve();
      await chunks.return?.();
      await reading;
      this.#leftoverCount = this.#settlement.aheadCount;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #read(chunks: AsyncIterator<CompletedChunk>): Promise<void> {
    try {
      while (!this.#isEnded) {
        const { done, value } = await chunks.next();
        if (done === true || this.#isEnded) break;
        this.#settlement.add(value);
        if (this.#settlement.readyCount > 0) this.#readySinceMs ??= this.#options.clock.monotonic();
        this.#changed.resolve();
        await this.#untilCapacity();
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#isEnded = true;
    this.#changed.resolve();
  }

  /** How many positions the next batch can hold. */
  #fullCount(): number {
    const { endOfGroup, maxPositions } = this.#options;
    const first = this.#settlement.checkpoint;
    return endOfGroup === undefined ? maxPositions : Math.min(maxPositions, endOfGroup(first) - first);
  }

  async #untilCapacity(): Promise<void> {
    while (!this.#isEnded && this.#settlement.readyCount >= this.#fullCount()) {
      this.#taken = Promise.withResolvers<void>();
      await this.#taken.promise;
    }
  }

  /** Until a batch is full, or has waited long enough, or nothing more will come. */
  async #untilDue(): Promise<void> {
    const { clock, maxDelayMs } = this.#options;
    while (!this.#isEnded && this.#settlement.readyCount < this.#fullCount()) {
      const waitMs =
        this.#readySinceMs === undefined ? undefined : this.#readySinceMs + maxDelayMs - clock.monotonic();
      if (waitMs !== undefined && waitMs <= 0) return;
      this.#changed = Promise.withResolvers<void>();
      const { promise, resolve } = this.#changed;
      const timer = waitMs === undefined ? undefined : setTimeout(resolve, Math.ceil(waitMs));
      await promise;
      clearTimeout(timer);
    }
  }

  #take(): ObservationBatch {
    const first = this.#settlement.checkpoint;
    const completed = this.#settlement.take(this.#fullCount());
    this.#readySinceMs = this.#settlement.readyCount > 0 ? this.#options.clock.monotonic() : undefined;
    this.#taken.resolve();
    let probesSent = 0;
    let probesAnswered = 0;
    for (let at = 0; at < completed.count; at += 1) {
      const attempts = completed.attempts[at] ?? 0;
      probesSent += attempts;
      // What was never asked had no answer: this machine knew by itself that nothing leads there.
      if (attempts > 0 && isAnswerCode(completed.outcomes[at] ?? SKIPPED)) probesAnswered += 1;
    }
    return { first, end: this.#settlement.checkpoint, completed, probesSent, probesAnswered };
  }
}
