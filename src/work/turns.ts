/**
 * Batches that one program stores at once; the others wait here, without a connection. Scans of the same
 * addresses wait for each other in the database, and the heartbeat of a shard for its batch: sixteen of them
 * took all 20 connections of the pool, and whoever else asked got `database_unavailable` after 10 s.
 */
export const MAX_BATCHES_AT_ONCE = 6;

/** Lets a few at a time do something, first come first served. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // A turn that ends goes straight to the next in line, so that nobody overtakes.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
