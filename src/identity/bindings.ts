import { isVirtualRouterMac } from '#domain/addresses/mac-kind.js';
import { EVIDENCE_GAP_MS, type EvidenceKind } from '#domain/devices/device.js';
import { inOrder, seenWithin, type TimeRange } from '#identity/times.js';

/** One value that was seen at one address. */
export interface Evidence {
  readonly hostId: number;
  readonly kind: EvidenceKind;
  readonly value: string;
  /** It is at so many addresses that it tells nobody apart. */
  readonly isCommon: boolean;
  /** When it was seen, in order of time. */
  readonly times: readonly TimeRange[];
  /** The scans of the first sighting and of the last one. */
  readonly firstScan: number;
  readonly lastScan: number;
}

/** Since when an address is held under a MAC address, until its next tenure. */
export interface Tenure {
  readonly mac: string | null;
  /** Negative infinity for the first: what was before the first proof is taken for the same. */
  readonly sinceMs: number;
}

/** Whoever is behind one address under one MAC address, perhaps at several times. */
export interface Binding {
  readonly id: number;
  readonly hostId: number;
  readonly mac: string | null;
}

/**
 * Who held one address, in order of time. A MAC address that tells machines apart, or that a virtual router has, holds it
 * from when it was seen until another one is; a randomised one changes nothing, and neither does what is everywhere.
 */
export function tenuresOf(evidence: readonly Evidence[]): readonly Tenure[] {
  const holders = evidence.filter(
    ({ kind, isCommon }) => kind === 'virtual_mac' || (kind === 'mac' && !isCommon),
  );
  const tenures: Tenure[] = [];
  for (const { mac, atMs } of proofsOf(holders)) {
    const last = tenures.at(-1);
    if (last?.mac === mac) continue;
    // Of two at the same instant one holds it.
    if (last !== undefined && last.sinceMs >= atMs) continue;
    tenures.push({ mac, sinceMs: last === undefined ? Number.NEGATIVE_INFINITY : atMs });
  }
  return tenures.length === 0 ? [{ mac: null, sinceMs: Number.NEGATIVE_INFINITY }] : tenures;
}

interface Proof {
  readonly mac: string;
  readonly atMs: number;
}

/**
 * When each MAC address was certainly there, in order of time: at both ends of each of its times, and again within
 * `EVIDENCE_GAP_MS` after another one that was there in between, so that one stray sighting does not take the rest.
 */
function proofsOf(holders: readonly Evidence[]): readonly Proof[] {
  const held = holders
    .flatMap(({ value: mac, times }) => times.map((time) => ({ mac, ...time })))
    .sort((a, b) => a.fromMs - b.fromMs);
  const ends = held.toSorted((a, b) => a.toMs - b.toMs);
  const proofs: Proof[] = [];
  let next = 0;
  for (const { mac, fromMs, toMs } of held) {
    proofs.push({ mac, atMs: fromMs }, { mac, atMs: toMs });
    while ((ends[next]?.toMs ?? Number.POSITIVE_INFINITY) <= fromMs) next += 1;
    for (let at = next; (ends[at]?.toMs ?? toMs) < toMs; at += 1) {
      const end = ends[at];
      if (end !== undefined && end.mac !== mac)
        proofs.push({ mac, atMs: Math.min(end.toMs + EVIDENCE_GAP_MS, toMs) });
    }
  }
  return proofs.sort((a, b) => a.atMs - b.atMs || (a.mac < b.mac ? -1 : 1));
}

/** Values with when each was seen. */
export type SeenValues = ReadonlyMap<string, readonly TimeRange[]>;

/** All that was seen of one stay. */
export interface BindingFacts extends Binding {
  /** Its MAC address is a virtual router's: several machines hold it in turn. */
  readonly isFloating: boolean;
  /** Beside what tells apart, a randomised MAC address was seen. */
  readonly isRandomized: boolean;
  /** Values that tell apart, by kind. */
  readonly values: ReadonlyMap<EvidenceKind, SeenValues>;
  /** When anything was seen of it, in order of time. */
  readonly presence: readonly TimeRange[];
  /** Scans that saw it for the first or the last time with some value. */
  readonly scans: ReadonlySet<number>;
}

/** What the evidence of its address says of a stay, as far as it falls into its times. */
export function factsOf(
  binding: Binding,
  evidence: readonly Evidence[],
  tenures: readonly Tenure[],
): BindingFacts {
  const held = tenures.flatMap(({ mac, sinceMs }, index) => {
    const untilMs = tenures[index + 1]?.sinceMs ?? Number.POSITIVE_INFINITY;
    // What is seen at the very instant of a change is of who holds it from then on.
    return mac === binding.mac ? [{ fromMs: sinceMs, toMs: untilMs - 1 }] : [];
  });
  const values = new Map<EvidenceKind, Map<string, readonly TimeRange[]>>();
  const presence: TimeRange[] = [];
  const scans = new Set<number>();
  for (const { kind, value, isCommon, times, firstScan, lastScan } of evidence) {
    const isOfAnother = (kind === 'mac' || kind === 'virtual_mac') && value !== binding.mac;
    const during = isOfAnother ? [] : seenWithin(times, held);
    if (during.length === 0) continue;
    presence.push(...during);
    if (during[0]?.fromMs === times[0]?.fromMs) scans.add(firstScan);
    if (during.at(-1)?.toMs === times.at(-1)?.toMs) scans.add(lastScan);
    if (isCommon) continue;
    const known = values.get(kind) ?? new Map<string, readonly TimeRange[]>();
    // The same value may have been seen at several ports.
    values.set(kind, known.set(value, inOrder([...(known.get(value) ?? []), ...during])));
  }
  return {
    ...binding,
    isFloating: binding.mac !== null && isVirtualRouterMac(binding.mac),
    isRandomized: values.has('randomized_mac'),
    values,
    presence: inOrder(presence),
    scans,
  };
}
