/** What a file begins with when it is UTF-16: a shell on Windows writes what nmap prints so. */
const MARKS: readonly (readonly [label: string, first: number, second: number])[] = [
  ['utf-16le', 0xff, 0xfe],
  ['utf-16be', 0xfe, 0xff],
];

/**
 * Decodes bytes in pieces of any size: UTF-8, or UTF-16 with a byte order mark. Invalid bytes become U+FFFD.
 * nmap itself writes ASCII, regardless of its XML declaration.
 */
export class TextPieces {
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  #held: Uint8Array = new Uint8Array();

  write(bytes: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(bytes, { stream: true });
    const start = this.#held.length === 0 ? bytes : Uint8Array.from([...this.#held, ...bytes]);
    if (start.length < 2) {
      this.#held = start;
      return '';
    }
    const mark = MARKS.find(([, first, second]) => start[0] === first && start[1] === second);
    this.#decoder = new TextDecoder(mark?.[0] ?? 'utf-8');
    return this.#decoder.decode(start, { stream: true });
  }

  /** What the last bytes meant, if they were cut. */
  end(): string {
    return (this.#decoder ?? new TextDecoder()).decode(this.#decoder === undefined ? this.#held : undefined);
  }
}
