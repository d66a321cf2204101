import type { Clock } from '#domain/time/clock.js';
import type { Completed } from '#scan/engine/engine.js';
import { type CompletedChunk, chunkOf } from '#scan/results/completed-chunk.js';

/** A chunk is handed over at this many results, or when `CHUNK_DELAY_MS` have passed since the last one. */
export const CHUNK_RESULTS = 1_024;
export const CHUNK_DELAY_MS = 100;

export interface CompletedStreamOptions {
  readonly clock: Clock;
  /** A chunk was taken: there is room again. */
  readonly onTaken: () => void;
  /** The reader left the loop. */
  readonly onReturn: () => void;
}

type Chunk = IteratorResult<CompletedChunk, undefined>;

const DONE: Chunk = { done: true, value: undefined };

/**
 * What an engine puts in and its one reader takes out in chunks; written out instead of a generator so that
 * a reader that leaves is heard at once, also while it waits.
 *
 *     add ──> unread ──(first / 1,024 / 100 ms / end)──> reader
 */
export class CompletedStream implements AsyncIterableIterator<CompletedChunk, undefined> {
  readonly #options: CompletedStreamOptions;
  #unread: Completed[] = [];
  #reader: PromiseWithResolvers<Chunk> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #takenAtMs = Number.NEGATIVE_INFINITY;
  #ended = false;
  #failure: unknown;

  constructor(options: CompletedStreamOptions) {
    this.#options = options;
  }

  get unreadCount(): number {
    return this.#unread.length;
  }

  add(completed: Completed): void {
    if (this.#ended) return;
    this.#unread.push(completed);
    this.#deliver();
  }

  end(): void {
    this.#ended = true;
    this.#clearTimer();
    this.#deliver();
  }

  /** What is unread is still handed over, then the reader gets the error. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = error;
    this.end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Chunk> {
    if (this.#reader !== undefined) return this.#reader.promise.then(() => this.next());
    const reader = Promise.withResolvers<Chunk>();
    this.#reader = reader;
    this.#deliver();
    return reader.promise;
  }

  return(): Promise<Chunk> {
    this.#unread = [];
    this.#failure = undefined;
    this.end();
    this.#options.onReturn();
    return Promise.resolve(DONE);
  }

  #deliver(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    if (this.#unread.length > 0) {
      const waitMs = this.#takenAtMs + CHUNK_DELAY_MS - this.#options.clock.monotonic();
      if (this.#ended || this.#unread.length >= CHUNK_RESULTS || waitMs <= 0) this.#take(reader);
      else this.#timer ??= setTimeout(() => this.#wake(), Math.ceil(waitMs));
    } else if (this.#ended) {
      this.#reader = undefined;
      if (this.#failure === undefined) reader.resolve(DONE);
      else reader.reject(this.#failure);
      this.#failure = undefined;
    }
  }

  #wake(): void {
    this.#timer = undefined;
    this.#deliver();
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #take(reader: PromiseWithResolvers<Chunk>): void {
    this.#clearTimer();
    this.#takenAtMs = this.#options.clock.monotonic();
    const value = chunkOf(this.#unread);
    this.#unread = [];
    this.#reader = undefined;
    reader.resolve({ done: false, value });
    this.#options.onTaken();
  }
}
