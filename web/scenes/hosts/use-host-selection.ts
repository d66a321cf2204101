import { useState } from 'react';
import type { Host } from '#contract/host.js';

/** Which hosts of the page on screen are chosen; one that is not on it any more is not. */
export interface HostSelection {
  readonly ids: readonly string[];
  readonly shown: number;
  has(id: string): boolean;
  toggle(id: string): void;
  all(): void;
  none(): void;
}

export function useHostSelection(hosts: readonly Host[]): HostSelection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const ids = hosts.map(({ id }) => id).filter((id) => chosen.has(id));
  return {
    ids,
    shown: hosts.length,
    has: (id) => chosen.has(id),
    toggle(id) {
      const next = new Set(ids);
      if (!next.delete(id)) next.add(id);
      setChosen(next);
    },
    all: () => setChosen(new Set(hosts.map(({ id }) => id))),
    none: () => setChosen(new Set()),
  };
}
