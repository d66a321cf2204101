import type { Sink } from '#cli/program/io.js';

const ERASE_LINE = '\r\u001b[K';

/** One line that is redrawn in place, on a terminal that can erase it. Prints nothing elsewhere. */
export class LiveLine {
  readonly #sink: Sink;
  #shown = false;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  get isPossible(): boolean {
    return this.#sink.rewritable;
  }

  /** `text` returns a line of at most that many cells. A wider line would wrap and could not be erased. */
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
