/**
 * Hands out positions in ascending order, never further than `size` ahead of the lowest that is not settled:
 * one silent host cannot make what lies between grow without bound.
 *
 *     first ...........lowest x.x..x. next ....... end
 *                      |<----- size ----->|            x = settled
 */
export class IssueWindow {
  readonly #end: number;
  readonly #completed: Uint8Array;
  #lowest: number;
  #next: number;

  constructor(first: number, end: number, size: number) {
    this.#lowest = first;
    this.#next = first;
    this.#end = end;
    this.#completed = new Uint8Array(size);
  }

  /** Nothing is left to hand out. */
  get isExhausted(): boolean {
    return this.#next >= this.#end;
  }

  /** Every position is settled. */
  get isEnded(): boolean {
    return this.#lowest >= this.#end;
  }

  /** The next position, or undefined while the window is full or the end is reached. */
  issue(): number | undefined {
    if (this.isExhausted || this.#next >= this.#lowest + this.#completed.length) return undefined;
    this.#next += 1;
    return this.#next - 1;
  }

  complete(position: number): void {
    const { length } = this.#completed;
    this.#completed[position % length] = 1;
    while (this.#lowest < this.#next && this.#completed[this.#lowest % length] === 1) {
      this.#completed[this.#lowest % length] = 0;
      this.#lowest += 1;
    }
  }
}
