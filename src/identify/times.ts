/** From a first to a last sighting, both included. Milliseconds since 1970; an end may be infinite. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One scan sees its addresses one after the other: what it saw within so long was there at the same time. */
export const SAME_TIME_MS = 3_600_000;

export function areAtTheSameTime(one: readonly TimeRange[], other: readonly TimeRange[]): boolean {
  return one.some((a) =>
    other.some((b) => a.fromMs <= b.toMs + SAME_TIME_MS && b.fromMs <= a.toMs + SAME_TIME_MS),
  );
}

/** What of some times lies within others. */
export function clip(times: readonly TimeRange[], within: readonly TimeRange[]): readonly TimeRange[] {
  return times.flatMap((time) =>
    within.flatMap((part) => {
      const fromMs = Math.max(time.fromMs, part.fromMs);
      const toMs = Math.min(time.toMs, part.toMs);
      return fromMs <= toMs ? [{ fromMs, toMs }] : [];
    }),
  );
}
