import type { PortRange } from '#domain/ports/port-set.js';

const MAX_PORT = 65_535;
/** Ranges of one list; every second port alone is half of all. */
const MAX_RANGES = 65_536;

/**
 * A port list as nmap writes it, `1-1024,8080`, as sorted, disjoint ranges; unlike elsewhere port 0 may be in it.
 * Undefined for any other text.
 */
export function parsePortList(text: string): readonly PortRange[] | undefined {
  const items = text.split(',', MAX_RANGES + 1);
  if (items.length > MAX_RANGES) return undefined;
  const ranges: PortRange[] = [];
  for (const item of items) {
    const [, firstText, lastText = firstText] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(item.trim()) ?? [];
    const first = Number(firstText);
    const last = Number(lastText);
    if (firstText === undefined || first > last || last > MAX_PORT) return undefined;
    ranges.push({ first, last });
  }
  return mergeRanges(ranges);
}

/** Sorted, disjoint and not adjacent. */
export function mergeRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const merged: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous === undefined || range.first > previous.last + 1) merged.push(range);
    else if (range.last > previous.last)
      merged[merged.length - 1] = { first: previous.first, last: range.last };
  }
  return merged;
}

/** What is in `ranges` and not in `taken`, both as `mergeRanges` gives them. */
export function subtractRanges(
  ranges: readonly PortRange[],
  taken: readonly PortRange[],
): readonly PortRange[] {
  const left: PortRange[] = [];
  let at = 0;
  for (const { first, last } of ranges) {
    let next = first;
    for (; at < taken.length; at += 1) {
      const hole = taken[at];
      if (hole === undefined || hole.first > last) break;
      if (hole.first > next) left.push({ first: next, last: hole.first - 1 });
      next = Math.max(next, hole.last + 1);
      // It may reach into the next range.
      if (hole.last > last) break;
    }
    if (next <= last) left.push({ first: next, last });
  }
  return left;
}

export function countPorts(ranges: readonly PortRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}
