/** What a number of answers took, microseconds. */
export interface RoundTrips {
  readonly count: number;
  readonly sumUs: number;
  readonly minUs: number;
  readonly maxUs: number;
}

/** A host is slow when its answers took so long on average, microseconds. */
export const SLOW_ROUND_TRIP_US = 200_000;
/** Fewer answers than these do not tell whether a host is slow. */
export const MIN_TIMED_ANSWERS = 3;

export function roundTripOf(microseconds: number): RoundTrips {
  return { count: 1, sumUs: microseconds, minUs: microseconds, maxUs: microseconds };
}

export function addRoundTrips(
  one: RoundTrips | undefined,
  other: RoundTrips | undefined,
): RoundTrips | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    count: one.count + other.count,
    sumUs: one.sumUs + other.sumUs,
    minUs: Math.min(one.minUs, other.minUs),
    maxUs: Math.max(one.maxUs, other.maxUs),
  };
}
