import { EVIDENCE_GAP_MS } from '#domain/devices/device.js';

/** From a first to a last observation, inclusive, in milliseconds since 1970-01-01 UTC; either end may be infinite. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A scan observes its addresses one after the other: hosts observed within this long were present at the same time. */
export const SAME_TIME_MS = 3_600_000;

/** Whether two lists, each as returned by `inOrder`, have ranges within `SAME_TIME_MS` of each other. */
export function areAtTheSameTime(one: readonly TimeRange[], other: readonly TimeRange[]): boolean {
  return overlaps(one, other, SAME_TIME_MS).next().done !== true;
}

/** The times that two lists have in common, each extended by `widerMs` on both sides. */
export function* overlaps(
  one: readonly TimeRange[],
  other: readonly TimeRange[],
  widerMs: number,
): Generator<TimeRange> {
  for (let first = 0, second = 0; ; ) {
    const [a, b] = [one[first], other[second]];
    if (a === undefined || b === undefined) return;
    const fromMs = Math.max(a.fromMs, b.fromMs) - widerMs;
    const toMs = Math.min(a.toMs, b.toMs) + widerMs;
    if (fromMs + widerMs <= toMs) yield { fromMs, toMs };
    if (a.toMs < b.toMs) first += 1;
    else second += 1;
  }
}

/** Sorts the ranges and merges those that overlap. */
export function inOrder(times: readonly TimeRange[]): readonly TimeRange[] {
  const ordered: TimeRange[] = [];
  for (const time of times.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = ordered.at(-1);
    if (last === undefined || last.toMs < time.fromMs) ordered.push(time);
    else ordered[ordered.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, time.toMs) };
  }
  return ordered;
}

/**
 * The parts of `times` that lie within `within` and certainly contain an observation: a range has observations at both
 * ends and none further apart than `EVIDENCE_GAP_MS`. Both lists must be in order.
 */
export function seenWithin(times: readonly TimeRange[], within: readonly TimeRange[]): readonly TimeRange[] {
  const starts = new Set(times.map(({ fromMs }) => fromMs));
  const ends = new Set(times.map(({ toMs }) => toMs));
  return [...overlaps(times, within, 0)].filter(
    ({ fromMs, toMs }) => starts.has(fromMs) || ends.has(toMs) || toMs - fromMs >= EVIDENCE_GAP_MS,
  );
}

/** Whether one ended more than `EVIDENCE_GAP_MS` before the other began. */
export function areAlternating(one: readonly TimeRange[], other: readonly TimeRange[]): boolean {
  return apartMs(one, other) > EVIDENCE_GAP_MS;
}

/** Whether the span from first to last of one overlaps that of the other. */
export function areInterleavedRanges(one: readonly TimeRange[], other: readonly TimeRange[]): boolean {
  return apartMs(one, other) <= 0;
}

/** Milliseconds from the end of one to the begin of the other; not positive where the spans overlap. */
function apartMs(one: readonly TimeRange[], other: readonly TimeRange[]): number {
  const between = (before: readonly TimeRange[], after: readonly TimeRange[]) =>
    (after[0]?.fromMs ?? Number.POSITIVE_INFINITY) - (before.at(-1)?.toMs ?? Number.NEGATIVE_INFINITY);
  return Math.max(between(one, other), between(other, one));
}
