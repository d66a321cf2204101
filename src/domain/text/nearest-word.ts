/** A word that is further from every known one than this is no slip of the pen. */
const MAX_SLIPS = 2;
const MAX_COMPARED_CHARS = 40;

/**
 * The known word that was most likely meant: one with few letters changed, left out, added or swapped, or the only one
 * that begins so. Undefined when none is near.
 */
export function closestName(written: string, texts: readonly string[]): string | undefined {
  const text = written.toLowerCase();
  if (text.length === 0 || text.length > MAX_COMPARED_CHARS) return undefined;
  const begun = texts.filter((known) => known.startsWith(text));
  if (begun.length === 1) return begun[0];
  const [nearest] = texts
    .map((known) => ({ known, slips: slipsBetween(text, known) }))
    .filter(({ known, slips }) => slips <= Math.min(MAX_SLIPS, known.length - 1, text.length - 1))
    .toSorted((a, b) => a.slips - b.slips);
  return nearest?.known;
}

/** Letters that were changed, left out, added, or swapped with their neighbour. */
function slipsBetween(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped && row > 1 && column > 1 ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
