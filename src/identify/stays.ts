import type { EvidenceKind } from '#domain/device.js';
import { isVirtualRouterMac } from '#domain/mac-kind.js';
import { clip, type TimeRange } from '#identify/times.js';

/** One value that was seen at one address. */
export interface Evidence {
  readonly hostId: number;
  readonly kind: EvidenceKind;
  readonly value: string;
  /** It is at so many addresses that it tells nobody apart. */
  readonly isCommon: boolean;
  /** When it was seen, in order of time. */
  readonly times: readonly TimeRange[];
}

/** Since when an address is held under a MAC address, until its next tenure. */
export interface Tenure {
  readonly mac: string | null;
  /** Negative infinity for the first: what was before the first proof is taken for the same. */
  readonly sinceMs: number;
}

/** Whoever is behind one address under one MAC address, perhaps at several times. */
export interface Stay {
  readonly id: number;
  readonly hostId: number;
  readonly mac: string | null;
}

/**
 * Who held one address, in order of time. A MAC address that tells machines apart, or that a virtual router has, holds it
 * from when it was seen until another one is; a randomised one changes nothing, and neither does what is everywhere.
 */
export function tenuresOf(evidence: readonly Evidence[]): readonly Tenure[] {
  const proofs = evidence
    .filter(({ kind, isCommon }) => kind === 'virtual_mac' || (kind === 'mac' && !isCommon))
    .flatMap(({ value, times }) =>
      times.flatMap(({ fromMs, toMs }) => [
        { mac: value, atMs: fromMs },
        { mac: value, atMs: toMs },
      ]),
    )
    .sort((a, b) => a.atMs - b.atMs || (a.mac < b.mac ? -1 : 1));
  const tenures: Tenure[] = [];
  for (const { mac, atMs } of proofs) {
    const last = tenures.at(-1);
    if (last?.mac === mac) continue;
    // Of two at the same instant one holds it.
    if (last !== undefined && last.sinceMs >= atMs) continue;
    tenures.push({ mac, sinceMs: last === undefined ? Number.NEGATIVE_INFINITY : atMs });
  }
  return tenures.length === 0 ? [{ mac: null, sinceMs: Number.NEGATIVE_INFINITY }] : tenures;
}

/** All that was seen of one stay. */
export interface StayFacts extends Stay {
  /** Its MAC address is a virtual router's: several machines hold it in turn. */
  readonly isFloating: boolean;
  /** Beside what tells apart, a randomised MAC address was seen. */
  readonly isRandomised: boolean;
  /** Values that tell apart, by kind, with when they were seen. */
  readonly values: ReadonlyMap<EvidenceKind, ReadonlySet<string>>;
  /** When anything was seen of it, in order of time. */
  readonly presence: readonly TimeRange[];
}

/** What the evidence of its address says of a stay, as far as it falls into its times. */
export function factsOf(stay: Stay, evidence: readonly Evidence[], tenures: readonly Tenure[]): StayFacts {
  const held = tenures.flatMap(({ mac, sinceMs }, index) => {
    const untilMs = tenures[index + 1]?.sinceMs ?? Number.POSITIVE_INFINITY;
    // What is seen at the very instant of a change is of who holds it from then on.
    return mac === stay.mac ? [{ fromMs: sinceMs, toMs: untilMs - 1 }] : [];
  });
  const values = new Map<EvidenceKind, Set<string>>();
  const presence: TimeRange[] = [];
  for (const { kind, value, isCommon, times } of evidence) {
    const isOfAnother = (kind === 'mac' || kind === 'virtual_mac') && value !== stay.mac;
    const during = isOfAnother ? [] : clip(times, held);
    if (during.length === 0) continue;
    presence.push(...during);
    if (isCommon) continue;
    const known = values.get(kind) ?? new Set();
    values.set(kind, known.add(value));
  }
  presence.sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
  return {
    ...stay,
    isFloating: stay.mac !== null && isVirtualRouterMac(stay.mac),
    isRandomised: values.has('randomised_mac'),
    values,
    presence,
  };
}
