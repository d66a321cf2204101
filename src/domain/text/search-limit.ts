/** What a search over everything takes and gives. */
export const MIN_SEARCH_CHARACTERS = 2;
export const MAX_SEARCH_CHARACTERS = 100;
export const MAX_FOUND_A_KIND = 20;
export const USUAL_FOUND_A_KIND = 5;
/** Of what is found beside that, so many of each kind are counted. */
export const MAX_MORE_COUNTED = 100;

/** What was found of one kind and is not shown. */
export interface More {
  readonly kind: string;
  /** `MAX_MORE_COUNTED` is that many, or more of them. */
  readonly count: number;
}

/** Of each kind the first `limit`, and how many others there are. */
export function shownOf<Item extends { readonly kind: string }>(
  found: readonly Item[],
  limit: number,
): { readonly shown: Item[]; readonly more: { kind: Item['kind']; count: number }[] } {
  const counts = new Map<Item['kind'], number>();
  const shown: Item[] = [];
  for (const item of found) {
    const count = (counts.get(item.kind) ?? 0) + 1;
    counts.set(item.kind, count);
    if (count <= limit) shown.push(item);
  }
  const more = [...counts]
    .filter(([, count]) => count > limit)
    .map(([kind, count]) => ({ kind, count: Math.min(count - limit, MAX_MORE_COUNTED) }));
  return { shown, more };
}

/** `And 1 more host, at least 100 more scans`; undefined where all is shown. */
export function moreText(more: readonly More[]): string | undefined {
  if (more.length === 0) return undefined;
  const parts = more.map(({ kind, count }) => {
    const least = count >= MAX_MORE_COUNTED ? 'at least ' : '';
    return `${least}${count} more ${kind}${count === 1 ? '' : 's'}`;
  });
  return `And ${parts.join(', ')}`;
}
