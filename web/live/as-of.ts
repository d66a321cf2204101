/** Longer than the pause between two questions while the live connection is up. */
const LONGEST_IDLE_MS = 20_000;
/** Longer than the pause between two questions while it is down. */
const STALE_AFTER_MS = 5_000;

interface EventsState {
  readonly nowMs: number;
  /** When the server last told of it. */
  readonly eventAtMs: number;
  readonly isLive: boolean;
}

export interface AsOf {
  /** Until when something may be counted. */
  readonly untilMs: number;
  /** True when that is so long ago that it has to be said. */
  readonly isStale: boolean;
}

/** What goes on is counted up to now while the server speaks, else up to its last word. */
export function asOf({ nowMs, eventAtMs, isLive }: EventsState): AsOf {
  const idleForMs = nowMs - eventAtMs;
  if (isLive && idleForMs <= LONGEST_IDLE_MS) return { untilMs: nowMs, isStale: false };
  return { untilMs: Math.min(nowMs, eventAtMs), isStale: idleForMs > STALE_AFTER_MS };
}
