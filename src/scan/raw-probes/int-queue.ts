/** A queue of whole numbers in one array; its capacity is a power of two and fixed. */
export class IntQueue {
  readonly #items: Int32Array;
  readonly #mask: number;
  #head = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#items = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, capacity))));
    this.#mask = this.#items.length - 1;
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#items.length;
  }

  /** Throws RangeError when it is full. */
  push(item: number): void {
    if (this.isFull) throw new RangeError(`a queue holds ${this.#items.length} numbers`);
    this.#items[(this.#head + this.#count) & this.#mask] = item;
    this.#count += 1;
  }

  /** The first; -1 when there is none. */
  peek(): number {
    return this.#count === 0 ? -1 : (this.#items[this.#head] ?? -1);
  }

  /** Takes the first; -1 when there is none. */
  shift(): number {
    if (this.#count === 0) return -1;
    const item = this.#items[this.#head] ?? -1;
    this.#head = (this.#head + 1) & this.#mask;
    this.#count -= 1;
    return item;
  }

  clear(): void {
    this.#count = 0;
  }
}
