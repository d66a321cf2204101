/** Time as it is passed in: nothing below `app` reads the machine's clock by itself. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC, for what is stored and shown. */
  now(): number;
  /**
   * Milliseconds from an arbitrary start, never going back, for durations and pace. That of the system is the machine's:
   * alike in all its processes and threads.
   */
  monotonic(): number;
}
