import type { Clock } from '#domain/time/clock.js';

const FOR_EVER = 2n ** 63n - 1n;

/**
 * The time until which packets may be sent under the exclusions last read. After it nothing is sent to any address
 * until the exclusions have been read again. A time of the machine's monotonic clock, in memory shared between threads.
 */
export class Freshness {
  /** For exclusions that are never read again. */
  static readonly FOR_EVER: Freshness = new Freshness(
    { now: () => 0, monotonic: () => 0 },
    sharedTimestamp(FOR_EVER),
  );

  /** Milliseconds. */
  readonly until: BigInt64Array;
  readonly #clock: Clock;

  /** Over from the start, unless `until` is given. */
  constructor(clock: Clock, until: BigInt64Array = sharedTimestamp(0n)) {
    this.#clock = clock;
    this.until = until;
  }

  get isOver(): boolean {
    return this.#clock.monotonic() > Number(Atomics.load(this.until, 0));
  }

  /** Never shortens it. */
  renew(untilMs: number): void {
    const until = BigInt(Math.floor(untilMs));
    if (until > Atomics.load(this.until, 0)) Atomics.store(this.until, 0, until);
  }
}

function sharedTimestamp(ms: bigint): BigInt64Array {
  const time = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  time[0] = ms;
  return time;
}
