import type { Clock } from '#domain/time/clock.js';

const FOR_EVER = 2n ** 63n - 1n;

/**
 * Until when packets may leave by exclusions that were read: after that nobody may send, whatever the addresses, until
 * they were read again. An instant of the machine's clock, in memory that threads share.
 */
export class Freshness {
  /** Of exclusions that nobody reads again. */
  static readonly FOR_EVER: Freshness = new Freshness(
    { now: () => 0, monotonic: () => 0 },
    sharedTimestamp(FOR_EVER),
  );

  /** Milliseconds. */
  readonly until: BigInt64Array;
  readonly #clock: Clock;

  /** Over from the beginning, unless `until` says else. */
  constructor(clock: Clock, until: BigInt64Array = sharedTimestamp(0n)) {
    this.#clock = clock;
    this.until = until;
  }

  get isOver(): boolean {
    return this.#clock.monotonic() > Number(Atomics.load(this.until, 0));
  }

  /** Never makes it shorter. */
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
