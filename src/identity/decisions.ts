import type { DecisionKind } from '#domain/devices/device.js';

/** A decision of a user about bindings: merge, split, dismiss or undo. */
export interface Decision {
  /** * Increases with time. */
  readonly id: number;
  readonly kind: DecisionKind;
  /** The decision that an undo reverts. */
  readonly undoes: number | null;
  readonly bindings: readonly { readonly bindingId: number; readonly side: number }[];
}

/** The decisions in force for each pair of bindings: the newest decision about a pair applies. */
export interface Rulings {
  /** Merged pairs, the oldest decision first. */
  readonly joined: readonly (readonly [number, number])[];
  isSplit(one: number, other: number): boolean;
}

/** Decisions that were not undone; an undo can be undone too. */
export function decisionsInForce(decisions: readonly Decision[]): readonly Decision[] {
  const undone = new Set<number>();
  for (const { id, undoes } of decisions.toSorted((a, b) => b.id - a.id))
    if (undoes !== null && !undone.has(id)) undone.add(undoes);
  return decisions
    .filter(({ id, kind }) => kind !== 'undo' && !undone.has(id))
    .toSorted((a, b) => a.id - b.id);
}

export function rulingsOf(decisions: readonly Decision[]): Rulings {
  const joins = new Map<string, readonly [number, number] | undefined>();
  for (const { kind, bindings } of decisionsInForce(decisions))
    for (const [index, one] of bindings.entries())
      for (const other of kind === 'merge' ? bindings.slice(index + 1) : oppositeOf(one, bindings)) {
        const key = pairKey(one.bindingId, other.bindingId);
        // Deleted first, so that pairs are in the order of their latest decision.
        joins.delete(key);
        joins.set(key, kind === 'merge' ? [one.bindingId, other.bindingId] : undefined);
      }
  return {
    joined: [...joins.values()].filter((pair) => pair !== undefined),
    isSplit: (one, other) => {
      const key = pairKey(one, other);
      return joins.has(key) && joins.get(key) === undefined;
    },
  };
}

type Named = Decision['bindings'][number];

/**
 * For a split: pairs each binding of the other side with side 0 once, without visiting the other side, which may be
 * large.
 */
function oppositeOf({ side }: Named, bindings: readonly Named[]): readonly Named[] {
  return side === 0 ? [] : bindings.filter((other) => other.side === 0);
}

export function pairKey(one: number, other: number): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
