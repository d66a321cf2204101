import type { Sink } from '#cli/io.js';

const ERASE_LINE = '\r\u001b[K';

/** One line that is written over and taken back, on a terminal where that is possible; silent elsewhere. */
export class PassingLine {
  readonly #sink: Sink;
  #isThere = false;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Whether anybody would see it. */
  get isShown(): boolean {
    return this.#sink.rewritable;
  }

  /** How wide it may be: one as wide as the terminal would wrap and could not be taken back. */
  get cells(): number {
    return this.#sink.columns - 1;
  }

  async show(text: string): Promise<void> {
    if (!this.isShown) return;
    this.#isThere = true;
    await this.#sink.write(`${ERASE_LINE}${text}`);
  }

  async clear(): Promise<void> {
    if (!this.#isThere) return;
    this.#isThere = false;
    await this.#sink.write(ERASE_LINE);
  }
}
