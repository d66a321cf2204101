import { useState } from 'react';

/** All that a list finds, on whatever page: a filter that says the same, and how many they are. */
export interface Matching<Filter> {
  readonly filter: Filter;
  readonly total: number;
}

/** Whom something is done to: those chosen one by one, or all that a filter finds. */
export type Chosen<Filter> = { readonly ids: readonly string[] } | { readonly filter: Filter };

/** Which rows of the page on screen are chosen, or all that the list finds; one that is not on it any more is not. */
export interface Selection<Filter = never> {
  readonly count: number;
  readonly chosen: Chosen<Filter>;
  readonly shown: number;
  /** How many the list finds where all of them can be chosen and are not yet. */
  readonly more: number | undefined;
  has(id: string): boolean;
  toggle(id: string): void;
  all(): void;
  everything(): void;
  none(): void;
}

const NO_OWNER: ReadonlySet<string> = new Set();

export function useSelection<Filter>(
  rows: readonly { readonly id: string }[],
  matching?: Matching<Filter>,
): Selection<Filter> {
  const [picked, setPicked] = useState(NO_OWNER);
  // Of the filter it was said for: another filter finds others.
  const [fullFilter, setFullFilter] = useState<string>();
  const filterText = matching === undefined ? undefined : JSON.stringify(matching.filter);
  const complete = filterText !== undefined && filterText === fullFilter ? matching : undefined;
  const shown = rows.map(({ id }) => id);
  const ids = complete === undefined ? shown.filter((id) => picked.has(id)) : shown;
  const choose = (next: ReadonlySet<string>): void => {
    setFullFilter(undefined);
    setPicked(next);
  };
  const hasMore = matching !== undefined && complete === undefined && matching.total > rows.length;
  return {
    count: complete === undefined ? ids.length : complete.total,
    chosen: complete === undefined ? { ids } : { filter: complete.filter },
    shown: rows.length,
    more: hasMore ? matching.total : undefined,
    has: (id) => ids.includes(id),
    toggle(id) {
      const next = new Set(ids);
      if (!next.delete(id)) next.add(id);
      choose(next);
    },
    all: () => choose(new Set(shown)),
    everything: () => setFullFilter(filterText),
    none: () => choose(NO_OWNER),
  };
}
