import { useState } from 'react';
import type { Host } from '#contract/host.js';
import type { BulkEdit } from '#contract/host-edit.js';

/** All that a list finds, on whatever page: a filter that says the same, and how many they are. */
export interface Matching {
  readonly filter: string;
  readonly total: number;
}

/** Which hosts of the page on screen are chosen, or all that the list finds; one that is not on it any more is not. */
export interface HostSelection {
  readonly count: number;
  /** Whom an edit of the chosen ones is of. */
  readonly subject: Pick<BulkEdit, 'host_ids' | 'filter' | 'expected_hosts'>;
  readonly shown: number;
  /** How many the list finds where all of them can be chosen and are not yet. */
  readonly more: number | undefined;
  has(id: string): boolean;
  toggle(id: string): void;
  all(): void;
  everything(): void;
  none(): void;
}

const NOBODY: ReadonlySet<string> = new Set();

export function useHostSelection(hosts: readonly Host[], matching?: Matching): HostSelection {
  const [chosen, setChosen] = useState(NOBODY);
  // Of the filter it was said for: another filter finds others.
  const [wholeFilter, setWholeFilter] = useState<string>();
  const isWhole = matching !== undefined && matching.filter === wholeFilter;
  const shown = hosts.map(({ id }) => id);
  const ids = isWhole ? shown : shown.filter((id) => chosen.has(id));
  const choose = (next: ReadonlySet<string>): void => {
    setWholeFilter(undefined);
    setChosen(next);
  };
  return {
    count: isWhole ? matching.total : ids.length,
    subject: isWhole ? { filter: matching.filter, expected_hosts: matching.total } : { host_ids: [...ids] },
    shown: hosts.length,
    more: matching === undefined || isWhole || matching.total <= hosts.length ? undefined : matching.total,
    has: (id) => ids.includes(id),
    toggle(id) {
      const next = new Set(ids);
      if (!next.delete(id)) next.add(id);
      choose(next);
    },
    all: () => choose(new Set(shown)),
    everything: () => setWholeFilter(matching?.filter),
    none: () => choose(NOBODY),
  };
}
