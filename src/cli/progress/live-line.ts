import type { Sink } from '#cli/program/io.js';

const ERASE_LINE = '\r\u001b[K';

/** One line that is written anew again and again, on a terminal where it can be taken back; silent elsewhere. */
export class LiveLine {
  readonly #sink: Sink;
  #shown = false;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  get isPossible(): boolean {
    return this.#sink.rewritable;
  }

  /** `text` is asked for a line of so many cells at most: a wider one would wrap and could not be taken back. */
  async show(text: (cells: number) => string): Promise<void> {
    if (!this.isPossible) return;
    this.#shown = true;
    await this.#sink.write(`${ERASE_LINE}${text(this.#sink.columns - 1)}`);
  }

  async clear(): Promise<void> {
    if (!this.#shown) return;
    this.#shown = false;
    await this.#sink.write(ERASE_LINE);
  }
}
