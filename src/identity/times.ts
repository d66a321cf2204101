import { EVIDENCE_GAP_MS } from '#domain/devices/device.js';

/** From a first to a last sighting, both included. Milliseconds since 1970; an end may be infinite. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One scan sees its addresses one after the other: what it saw within so long was there at the same time. */
export const SAME_TIME_MS = 3_600_000;

/** Whether two lists, each as `inOrder` gives it, have times that are one. */
export function areAtTheSameTime(one: readonly TimeRange[], other: readonly TimeRange[]): boolean {
  return overlaps(one, other, SAME_TIME_MS).next().done !== true;
}

/** The times that two lists have in common, each wider by so much on both sides. */
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

/** The same times one after the other, none of which reaches into the next. */
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
 * What of some times lies within others, as far as a sighting certainly does: of a time the first and the last are known,
 * and that no two are further apart than `EVIDENCE_GAP_MS`. Both lists in order.
 */
export function seenWithin(times: readonly TimeRange[], within: readonly TimeRange[]): readonly TimeRange[] {
  const starts = new Set(times.map(({ fromMs }) => fromMs));
  const ends = new Set(times.map(({ toMs }) => toMs));
  return [...overlaps(times, within, 0)].filter(
    ({ fromMs, toMs }) => starts.has(fromMs) || ends.has(toMs) || toMs - fromMs >= EVIDENCE_GAP_MS,
  );
}

/** Whether one was over for longer than `EVIDENCE_GAP_MS` before the other began. */
export function areAlternating(one: readonly TimeRange[], other: readonly TimeRange[]): boolean {
  return apartMs(one, other) > EVIDENCE_GAP_MS;
}

/** Whether the first and the last time of one reach into those of the other. */
export function areEntwined(one: readonly TimeRange[], other: readonly TimeRange[]): boolean {
  return apartMs(one, other) <= 0;
}

/** How long from the last time of one to the first of the other; not positive where neither was over by then. */
function apartMs(one: readonly TimeRange[], other: readonly TimeRange[]): number {
  const between = (before: readonly TimeRange[], after: readonly TimeRange[]) =>
    (after[0]?.fromMs ?? Number.POSITIVE_INFINITY) - (before.at(-1)?.toMs ?? Number.NEGATIVE_INFINITY);
  return Math.max(between(one, other), between(other, one));
}
