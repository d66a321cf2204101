import type { CompletedChunk } from '#scan/results/completed-chunk.js';

type Result = IteratorResult<CompletedChunk, undefined>;

const DONE: Result = { done: true, value: undefined };

/** The reader's end of a run. It keeps no chunk: whoever gives one has made sure that the reader waits for it. */
export class ChunkOutlet implements AsyncIterableIterator<CompletedChunk, undefined> {
  readonly #onReturn: () => Promise<void>;
  #reader: PromiseWithResolvers<Result> | undefined;
  #isEnded = false;
  #listener: () => void = () => {};
  #failure: { readonly error: unknown } | undefined;

  constructor(onReturn: () => Promise<void>) {
    this.#onReturn = onReturn;
  }

  get isWanted(): boolean {
    return this.#reader !== undefined;
  }

  /** Hears when the reader begins to wait. */
  onWanted(listener: () => void): void {
    this.#listener = listener;
  }

  give(value: CompletedChunk): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resolve({ done: false, value });
  }

  end(failure?: { readonly error: unknown }): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = failure;
    this.#finish();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#reader !== undefined) return this.#reader.promise.then(() => this.next());
    this.#reader = Promise.withResolvers<Result>();
    const { promise } = this.#reader;
    if (this.#isEnded) this.#finish();
    else this.#listener();
    return promise;
  }

  async return(): Promise<Result> {
    this.end();
    await this.#onReturn();
    return DONE;
  }

  #finish(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) reader.resolve(DONE);
    else reader.reject(failure.error);
  }
}
