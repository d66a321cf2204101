import type { DecisionKind } from '#domain/devices/device.js';

/** What a person decided, naming stays. */
export interface Decision {
  /** Grows with time. */
  readonly id: number;
  readonly kind: DecisionKind;
  /** The decision that an undo takes back. */
  readonly undoes: number | null;
  readonly bindings: readonly { readonly bindingId: number; readonly side: number }[];
}

/** What stands of all decisions, pair by pair: the newest that tells of a pair holds. */
export interface Rulings {
  /** Pairs that are one, the oldest decision first. */
  readonly joined: readonly (readonly [number, number])[];
  isParted(one: number, other: number): boolean;
}

/** Those that nobody took back; an undo can be taken back too. */
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
      for (const other of kind === 'merge' ? bindings.slice(index + 1) : acrossFrom(one, bindings)) {
        const key = pairKey(one.bindingId, other.bindingId);
        // Set anew, so that pairs are in the order of what decided them.
        joins.delete(key);
        joins.set(key, kind === 'merge' ? [one.bindingId, other.bindingId] : undefined);
      }
  return {
    joined: [...joins.values()].filter((pair) => pair !== undefined),
    isParted: (one, other) => {
      const key = pairKey(one, other);
      return joins.has(key) && joins.get(key) === undefined;
    },
  };
}

type Named = Decision['bindings'][number];

/** Of a decision that parts: nobody twice, and at no cost for those of the other side, who may be many. */
function acrossFrom({ side }: Named, bindings: readonly Named[]): readonly Named[] {
  return side === 0 ? [] : bindings.filter((other) => other.side === 0);
}

export function pairKey(one: number, other: number): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
