import type { EvidenceKind } from '#domain/devices/device.js';
import type { BindingFacts, SeenValues } from '#identity/bindings.js';
import { EVIDENCE_RULES } from '#identity/evidence.js';
import {
  areAlternating,
  areAtTheSameTime,
  areInterleavedRanges,
  overlaps,
  SAME_TIME_MS,
  type TimeRange,
} from '#identity/times.js';

/** Scores from which two bindings are merged, and from which a merge is suggested. */
export const MERGE_SCORE = 70;
export const SUGGEST_SCORE = 40;
/** Below this score a merge with a veto is not suggested. */
export const SUGGEST_DESPITE_VETO_SCORE = 60;
const MAX_SCORE = 100;

/** An address that keeps its key when its MAC address changes probably had its network card replaced. */
const SAME_ADDRESS_POINTS = 20;
/** One ended long before the other began, and nothing contradicts it: the device moved. */
const ALTERNATING_POINTS = 15;
/** Two with randomized MAC addresses, never seen at the same time: a phone that was given another address. */
const RANDOMIZED_ALTERNATING_POINTS = 45;
/**
 * An address that alternated between two MAC addresses: two interfaces of one device, or one address of two devices.
 */
const BACK_AND_FORTH_POINTS = 25;

/** What must be true of any two bindings of a merged device. */
export type Condition = (one: BindingFacts, other: BindingFacts) => boolean;

export interface Comparison {
  /** 0 to 100. */
  readonly score: number;
  readonly reasons: readonly string[];
  /** What the score relies on, and must be true of all pairs that a merge joins; undefined: nothing. */
  readonly condition: Condition | undefined;
}

/** Scores the evidence that two bindings are one device; `crowded` are names that several had at the same time. */
export function compareBindings(
  one: BindingFacts,
  other: BindingFacts,
  crowded: ReadonlySet<string> = new Set(),
): Comparison {
  const reasons: string[] = [];
  let score = 0;
  const count = (points: number, reason: string): void => {
    score += points;
    reasons.push(reason);
  };
  for (const kind of LINKING_KINDS)
    if (share(one, other, kind)) count(EVIDENCE_RULES[kind].weight, EVIDENCE_RULES[kind].reason);
  const keys = share(one, other, 'ssh_host_key') || share(one, other, 'tls_certificate');
  const names = shared(one, other, 'name');
  if (one.hostId === other.hostId) {
    if (keys) count(SAME_ADDRESS_POINTS, 'at the same address');
    if (names.length > 0 && areInterleaved(one, other))
      count(BACK_AND_FORTH_POINTS, 'the address went back and forth between them');
  }
  const own = names.some((name) => !crowded.has(name));
  const moved = movedBetween(one, other, { keys, name: own });
  if (moved !== undefined) count(moved.points, 'never seen at the same time');
  const most = areNotOfOneImage(one, other) ? MAX_SCORE : MERGE_SCORE - 1;
  const byKeys = names.length === 0 && !share(one, other, 'mac');
  return {
    score: Math.min(most, score),
    reasons,
    condition: moved?.condition ?? (byKeys ? areNotOfOneImage : undefined),
  };
}

/** Kinds of evidence whose equal values link two bindings. */
export const LINKING_KINDS = [
  'mac',
  'ssh_host_key',
  'tls_certificate',
  'name',
] as const satisfies readonly EvidenceKind[];

/**
 * False where two may have only keys and certificates in common, as copies of one image or firmware do: they were at
 * two addresses during overlapping times, with no MAC address and no name in common.
 */
function areNotOfOneImage(one: BindingFacts, other: BindingFacts): boolean {
  if (one.hostId === other.hostId || share(one, other, 'mac') || share(one, other, 'name')) return true;
  return !areTogether(one, other) && !areInterleavedRanges(one.presence, other.presence);
}

function movedBetween(
  one: BindingFacts,
  other: BindingFacts,
  by: { readonly keys: boolean; readonly name: boolean },
): { readonly points: number; readonly condition: Condition } | undefined {
  if (one.hostId === other.hostId || one.mac !== null || other.mac !== null) return undefined;
  if (by.name && one.isRandomized && other.isRandomized && areNeverTogether(one, other))
    return { points: RANDOMIZED_ALTERNATING_POINTS, condition: areNeverTogether };
  return (by.keys || by.name) && areOneAfterTheOther(one, other)
    ? { points: ALTERNATING_POINTS, condition: areOneAfterTheOther }
    : undefined;
}

/** For phones, which may be seen at another address every day, not being seen at the same time is enough. */
function areNeverTogether(one: BindingFacts, other: BindingFacts): boolean {
  return !areAtTheSameTime(one.presence, other.presence);
}

/** Requires a long gap: hosts that a slow scan repeatedly observes hours apart may be present all the time. */
function areOneAfterTheOther(one: BindingFacts, other: BindingFacts): boolean {
  return areAlternating(one.presence, other.presence);
}

/**
 * Whether any two of these have the name at the same time with different MAC addresses, so that it identifies no
 * device.
 */
export function isCrowded(name: string, sharing: readonly BindingFacts[]): boolean {
  const held = sharing.filter(({ isRandomized }) => isRandomized);
  return held.some((one, index) =>
    held.slice(index + 1).some((other) => {
      const times = [one, other].map(({ values }) => values.get('name')?.get(name) ?? []);
      return areAtTheSameTime(times[0] ?? [], times[1] ?? []) && haveDifferentMacs(one, other);
    }),
  );
}

/** The reason why two bindings cannot be one device, whatever they share; undefined when there is none. */
export function vetoOf(one: BindingFacts, other: BindingFacts): string | undefined {
  if (!areTogether(one, other)) return undefined;
  if (haveDifferentKeys(one, other)) return 'different SSH host keys at the same time';
  if (one.mac !== null && one.mac === other.mac) return undefined;
  const differentMacs = haveDifferentMacs(one, other);
  if (differ(one, other, 'name'))
    return differentMacs
      ? 'different MAC addresses and different names at the same time'
      : 'different names at the same time, and no MAC address in common';
  if (!differentMacs) return undefined;
  // A cloned machine presents the same keys and certificates with another network card; two cards of one machine share
  // a name.
  if (!share(one, other, 'name')) return 'different MAC addresses at the same time, and no name in common';
  if (differ(one, other, 'tls_certificate'))
    return 'different MAC addresses and different TLS certificates at the same time';
  return undefined;
}

/** Observed within the same hour, or by the same scan, however long it took. */
function areTogether(one: BindingFacts, other: BindingFacts): boolean {
  return (
    [...one.scans].some((scan) => other.scans.has(scan)) || areAtTheSameTime(one.presence, other.presence)
  );
}

function shared(one: BindingFacts, other: BindingFacts, kind: EvidenceKind): readonly string[] {
  const theirs = other.values.get(kind);
  return theirs === undefined ? [] : [...(one.values.get(kind)?.keys() ?? [])].filter((v) => theirs.has(v));
}

function share(one: BindingFacts, other: BindingFacts, kind: EvidenceKind): boolean {
  return shared(one, other, kind).length > 0;
}

/** Both have values of the kind, and none in common. */
function differ(one: BindingFacts, other: BindingFacts, kind: EvidenceKind): boolean {
  const has = one.values.has(kind) && other.values.has(kind);
  return has && !share(one, other, kind);
}

const NONE: SeenValues = new Map();

/** For two present at the same time: different keys of one algorithm, overall or at some time. */
function haveDifferentKeys(one: BindingFacts, other: BindingFacts): boolean {
  const [ours, theirs] = [one.values.get('ssh_host_key') ?? NONE, other.values.get('ssh_host_key') ?? NONE];
  const none = differ(one, other, 'ssh_host_key');
  if (
    none &&
    [...ours.keys()].some((key) => [...theirs.keys()].some((another) => areOfOneAlgorithm(key, another)))
  )
    return true;
  return showDifferentValues(ours, theirs, areOfOneAlgorithm);
}

/** A server has one key for each algorithm, so only keys of the same algorithm can differ. */
function areOfOneAlgorithm(one: string, other: string): boolean {
  return algorithmOf(one) === algorithmOf(other);
}

function algorithmOf(key: string): string {
  return key.split(' ', 1)[0] ?? key;
}

/**
 * For two present at the same time: different assigned MAC addresses, or different randomized ones seen at the same
 * time.
 */
function haveDifferentMacs(one: BindingFacts, other: BindingFacts): boolean {
  if (one.mac !== null && other.mac !== null) return one.mac !== other.mac;
  return showDifferentValues(macsOf(one), macsOf(other), () => true);
}

function macsOf({ values }: BindingFacts): SeenValues {
  return new Map([...(values.get('mac') ?? NONE), ...(values.get('randomized_mac') ?? NONE)]);
}

/** Whether two values that exclude each other were observed at the same time, without a value that both had then. */
function showDifferentValues(
  ours: SeenValues,
  theirs: SeenValues,
  isAlike: (one: string, other: string) => boolean,
): boolean {
  for (const [value, times] of ours)
    for (const [another, otherTimes] of theirs) {
      if (value === another || !isAlike(value, another)) continue;
      for (const during of overlaps(times, otherTimes, SAME_TIME_MS))
        if (!hadInCommon(ours, theirs, during)) return true;
    }
  return false;
}

function hadInCommon(ours: SeenValues, theirs: SeenValues, during: TimeRange): boolean {
  const isSeen = (times: readonly TimeRange[]) => overlaps(times, [during], 0).next().done !== true;
  return [...ours].some(([value, times]) => isSeen(times) && isSeen(theirs.get(value) ?? []));
}

function areInterleaved(one: BindingFacts, other: BindingFacts): boolean {
  return cameBack(one, other) || cameBack(other, one);
}

/** Whether `one` was present both before and after some time range of `other`. */
function cameBack(one: BindingFacts, other: BindingFacts): boolean {
  return other.presence.some(({ fromMs, toMs }) => {
    const before = one.presence.some((time) => time.toMs <= fromMs);
    return before && one.presence.some((time) => time.fromMs >= toMs);
  });
}
