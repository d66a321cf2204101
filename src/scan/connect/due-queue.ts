export interface Due {
  /** On the monotonic clock. */
  readonly dueMs: number;
  readonly position: number;
}

/** What waits for its time, earliest first and among equals the lowest position: a binary heap. */
export class DueQueue<T extends Due> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** When the earliest is due; undefined when nothing waits. */
  get nextDueMs(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  /** The position that is first; undefined when nothing waits. */
  get lowest(): number | undefined {
    return this.#heap[0]?.position;
  }

  push(item: T): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(item, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = item;
  }

  /** The earliest, if it is due by `nowMs`. */
  takeDue(nowMs: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  /** Puts `item` where the first one was. */
  #sink(item: T): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const below = isRight ? right : left;
      if (!isBefore(below, item)) break;
      heap[at] = below;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = item;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.dueMs === b.dueMs ? a.position < b.position : a.dueMs < b.dueMs;
}
