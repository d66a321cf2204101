import { isVirtualRouterMac } from '#domain/addresses/mac-kind.js';
import { EVIDENCE_GAP_MS, type EvidenceKind } from '#domain/devices/device.js';
import { inOrder, seenWithin, type TimeRange } from '#identity/times.js';

/** One value that was observed at one address. */
export interface Evidence {
  readonly hostId: number;
  readonly kind: EvidenceKind;
  readonly value: string;
  /** It is at too many addresses to distinguish devices. */
  readonly isCommon: boolean;
  /** When it was observed, in order of time. */
  readonly times: readonly TimeRange[];
  /** The scans of the first observation and of the last one. */
  readonly firstScan: number;
  readonly lastScan: number;
}

/** The time since which an address is held by a MAC address, until its next tenure. */
export interface Tenure {
  readonly mac: string | null;
  /** Negative infinity for the first: the time before the first proof is taken to belong to it. */
  readonly sinceMs: number;
}

/** One address with one MAC address, perhaps during several separate times. */
export interface Binding {
  readonly id: number;
  readonly hostId: number;
  readonly mac: string | null;
}

/**
 * The tenures of one address, in order of time. A MAC address that distinguishes machines, or that of a virtual router,
 * holds the address from when it was observed until another one is. Randomized and common MAC addresses change nothing.
 */
export function tenuresOf(evidence: readonly Evidence[]): readonly Tenure[] {
  const holders = evidence.filter(
    ({ kind, isCommon }) => kind === 'virtual_mac' || (kind === 'mac' && !isCommon),
  );
  const tenures: Tenure[] = [];
  for (const { mac, atMs } of proofsOf(holders)) {
    const last = tenures.at(-1);
    if (last?.mac === mac) continue;
    // Of two at the same time, the first keeps it.
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
 * When each MAC address was certainly there, in order of time: at both ends of each of its time ranges, and again
 * within `EVIDENCE_GAP_MS` after another one was seen in between, so that one stray observation does not take over the
 * rest.
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

/** Values with the times at which each was observed. */
export type SeenValues = ReadonlyMap<string, readonly TimeRange[]>;

/** Everything observed of one binding. */
export interface BindingFacts extends Binding {
  /** Its MAC address is a virtual router's: several machines hold it one after the other. */
  readonly isFloating: boolean;
  /** A randomized MAC address was observed too. */
  readonly isRandomized: boolean;
  /** Values that distinguish devices, by kind. */
  readonly values: ReadonlyMap<EvidenceKind, SeenValues>;
  /** When anything was observed of it, in order of time. */
  readonly presence: readonly TimeRange[];
  /** Scans that made the first or the last observation of one of its values. */
  readonly scans: ReadonlySet<number>;
}

/** The evidence of an address that belongs to a binding: what was observed within its tenures. */
export function factsOf(
  binding: Binding,
  evidence: readonly Evidence[],
  tenures: readonly Tenure[],
): BindingFacts {
  const held = tenures.flatMap(({ mac, sinceMs }, index) => {
    const untilMs = tenures[index + 1]?.sinceMs ?? Number.POSITIVE_INFINITY;
    // What is observed at the time of a change belongs to the new holder.
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
