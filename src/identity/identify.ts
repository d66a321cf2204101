import type { DeviceKind } from '#domain/devices/device.js';
import { type Binding, type BindingFacts, type Evidence, factsOf, type Tenure } from '#identity/bindings.js';
import { Clusters } from '#identity/clusters.js';
import {
  type Comparison,
  compareBindings,
  isCrowded,
  LINKING_KINDS,
  MERGE_SCORE,
  SUGGEST_DESPITE_VETO_SCORE,
  SUGGEST_SCORE,
  vetoOf,
} from '#identity/compare.js';
import { type Decision, pairKey, type Rulings, rulingsOf } from '#identity/decisions.js';

/** Among bindings that share a value, in order of time, each is compared with this many that follow. */
export const COMPARED_WITH_NEXT = 15;

/** Bindings with all evidence of their addresses: a part of a site that no evidence connects with the rest. */
export interface Known {
  readonly bindings: readonly Binding[];
  readonly evidence: readonly Evidence[];
  readonly decisions: readonly Decision[];
  /** The tenures of each address, by host id. */
  readonly tenures: ReadonlyMap<number, readonly Tenure[]>;
}

export interface Device {
  /** The id of its oldest binding. */
  readonly id: number;
  readonly kind: DeviceKind;
  readonly bindingIds: readonly number[];
}

/** Two devices that may be one. */
export interface Suggestion {
  readonly oneId: number;
  readonly otherId: number;
  readonly score: number;
  readonly reasons: readonly string[];
  /** Why they were not merged although the score is high enough. */
  readonly veto: string | null;
}

export interface IdentifyResult {
  readonly devices: readonly Device[];
  readonly suggestions: readonly Suggestion[];
}

/**
 * Groups bindings into devices, from evidence and decisions alone: equal inputs in any order give equal devices.
 * Decisions of users come first, then pairs with a high enough score, the highest first. Pairs that a user split or
 * that have a veto are never joined.
 */
export function identify({ bindings, evidence, decisions, tenures }: Known): IdentifyResult {
  const ofHost = Map.groupBy(evidence, ({ hostId }) => hostId);
  const facts = new Map(
    bindings.map((binding) => [
      binding.id,
      factsOf(binding, ofHost.get(binding.hostId) ?? [], tenures.get(binding.hostId) ?? []),
    ]),
  );
  const rulings = rulingsOf(decisions);
  const clusters = new Clusters([...facts.keys()]);
  const allPairs = (one: number, other: number, mayJoin: (a: BindingFacts, b: BindingFacts) => boolean) =>
    clusters.everyPair(one, other, (a, b) => {
      const [first, second] = [facts.get(a), facts.get(b)];
      return first === undefined || second === undefined || mayJoin(first, second);
    });
  for (const [one, other] of rulings.joined)
    if (clusters.has(one) && clusters.has(other))
      if (clusters.everyPair(one, other, (a, b) => !rulings.isSplit(a, b))) clusters.join(one, other);
  const compared = comparePairs([...facts.values()]);
  for (const { one, other, score, condition } of compared)
    if (score >= MERGE_SCORE)
      if (
        allPairs(one, other, (a, b) => {
          const mayJoin = !rulings.isSplit(a.id, b.id) && vetoOf(a, b) === undefined;
          return mayJoin && (condition?.(a, b) ?? true);
        })
      )
        clusters.join(one, other);
  const decidedIds = decidedBy(rulings);
  return {
    devices: clusters.all().map((ids) => deviceOf(ids, facts, decidedIds)),
    suggestions: suggest(compared, { clusters, facts, rulings }),
  };
}

interface Compared extends Comparison {
  readonly one: number;
  readonly other: number;
}

/** Every pair that shares a value and is near enough in time, the highest score first. */
function comparePairs(all: readonly BindingFacts[]): readonly Compared[] {
  const byKind = LINKING_KINDS.map((kind) => ({ kind, byValue: sharingByValue(all, kind) }));
  const crowded = new Set(
    byKind.flatMap(({ kind, byValue }) =>
      kind === 'name'
        ? [...byValue].filter(([name, sharing]) => isCrowded(name, sharing)).map(([name]) => name)
        : [],
    ),
  );
  const compared = new Map<string, Compared>();
  for (const sharing of byKind.flatMap(({ byValue }) => [...byValue.values()])) {
    sharing.sort((a, b) => firstSeen(a) - firstSeen(b) || a.id - b.id);
    for (const [index, one] of sharing.entries())
      for (const other of sharing.slice(index + 1, index + 1 + COMPARED_WITH_NEXT)) {
        const key = pairKey(one.id, other.id);
        if (compared.has(key)) continue;
        const [low, high] = one.id < other.id ? [one, other] : [other, one];
        compared.set(key, { one: low.id, other: high.id, ...compareBindings(low, high, crowded) });
      }
  }
  return [...compared.values()]
    .filter(({ score }) => score >= SUGGEST_SCORE)
    .sort((a, b) => b.score - a.score || a.one - b.one || a.other - b.other);
}

/** The bindings that have each value of a kind. */
function sharingByValue(
  all: readonly BindingFacts[],
  kind: (typeof LINKING_KINDS)[number],
): ReadonlyMap<string, BindingFacts[]> {
  const byValue = new Map<string, BindingFacts[]>();
  for (const facts of all) {
    if (facts.isFloating) continue;
    for (const value of facts.values.get(kind)?.keys() ?? []) {
      const sharing = byValue.get(value);
      if (sharing === undefined) byValue.set(value, [facts]);
      else sharing.push(facts);
    }
  }
  return byValue;
}

function firstSeen({ presence }: BindingFacts): number {
  return presence[0]?.fromMs ?? Number.POSITIVE_INFINITY;
}

/** Bindings that a user merged with another. */
function decidedBy({ joined }: Rulings): ReadonlySet<number> {
  return new Set(joined.flat());
}

function deviceOf(
  ids: readonly number[],
  facts: ReadonlyMap<number, BindingFacts>,
  decidedIds: ReadonlySet<number>,
): Device {
  const bindingIds = ids.toSorted((a, b) => a - b);
  const all = bindingIds.flatMap((id) => facts.get(id) ?? []);
  const hasStableEvidence = all.some(
    ({ values, isFloating }) =>
      !isFloating && (['mac', 'ssh_host_key', 'tls_certificate'] as const).some((kind) => values.has(kind)),
  );
  const isOne = bindingIds.length > 1 || bindingIds.some((id) => decidedIds.has(id));
  const kind = all.every(({ isFloating }) => isFloating)
    ? 'floating'
    : hasStableEvidence || isOne
      ? 'identified'
      : 'provisional';
  return { id: bindingIds[0] ?? 0, kind, bindingIds };
}

interface Result {
  readonly clusters: Clusters;
  readonly facts: ReadonlyMap<number, BindingFacts>;
  readonly rulings: Rulings;
}

/** Suggests a merge by the strongest pair of two devices; none where a user split them. */
function suggest(compared: readonly Compared[], { clusters, facts, rulings }: Result): readonly Suggestion[] {
  const found = new Map<string, Suggestion>();
  for (const { one, other, score, reasons } of compared) {
    const [a, b] = [clusters.idOf(one), clusters.idOf(other)];
    const key = pairKey(a, b);
    if (a === b || found.has(key)) continue;
    if (!clusters.everyPair(one, other, (x, y) => !rulings.isSplit(x, y))) continue;
    const veto = vetoBetween(clusters, facts, [one, other]);
    if (veto !== null && score < SUGGEST_DESPITE_VETO_SCORE) continue;
    found.set(key, { oneId: Math.min(a, b), otherId: Math.max(a, b), score, reasons, veto });
  }
  return [...found.values()];
}

function vetoBetween(
  clusters: Clusters,
  facts: ReadonlyMap<number, BindingFacts>,
  [one, other]: readonly [number, number],
): string | null {
  let veto: string | null = null;
  clusters.everyPair(one, other, (a, b) => {
    const [first, second] = [facts.get(a), facts.get(b)];
    if (first !== undefined && second !== undefined) veto = vetoOf(first, second) ?? null;
    return veto === null;
  });
  return veto;
}
