import type { EvidenceKind } from '#domain/device.js';
import { EVIDENCE_RULES } from '#identify/evidence.js';
import type { StayFacts } from '#identify/stays.js';
import { areAtTheSameTime } from '#identify/times.js';

/** From so many points on two are taken for one, and from so many on it is suggested. */
export const MERGE_SCORE = 70;
export const SUGGEST_SCORE = 40;
/** Where a veto stands between them less is not worth anybody's time. */
export const SUGGEST_DESPITE_VETO_SCORE = 60;
const MAX_SCORE = 100;

/** An address that keeps its key when its MAC address changes had its network card replaced. */
const SAME_ADDRESS_POINTS = 20;
/** Never seen at the same time, and nothing against it: it moved. */
const IN_TURN_POINTS = 15;
/** The same of two that make up their MAC addresses: a telephone that was given another address. */
const RANDOMISED_IN_TURN_POINTS = 45;
/** An address that went back and forth between two MAC addresses: two interfaces of one, or one address of two. */
const BACK_AND_FORTH_POINTS = 25;

export interface Comparison {
  /** 0 to 100. */
  readonly score: number;
  readonly reasons: readonly string[];
  /** It counts on being seen one after the other, which must hold for all that become one. */
  readonly needsTurns: boolean;
}

/** How much speaks for two stays being one. */
export function compareStays(one: StayFacts, other: StayFacts): Comparison {
  const reasons: string[] = [];
  let score = 0;
  const count = (points: number, reason: string): void => {
    score += points;
    reasons.push(reason);
  };
  for (const kind of LINKING_KINDS)
    if (share(one, other, kind)) count(EVIDENCE_RULES[kind].weight, EVIDENCE_RULES[kind].words);
  const keys = share(one, other, 'ssh_host_key') || share(one, other, 'tls_certificate');
  const name = share(one, other, 'name');
  if (one.hostId === other.hostId) {
    if (keys) count(SAME_ADDRESS_POINTS, 'at the same address');
    if (name && areInterleaved(one, other))
      count(BACK_AND_FORTH_POINTS, 'the address went back and forth between them');
  }
  const moved = pointsForTurns(one, other, { keys, name });
  if (moved > 0) count(moved, 'never seen at the same time');
  return { score: Math.min(MAX_SCORE, score), reasons, needsTurns: moved > 0 };
}

/** Kinds whose values say that two are one. */
export const LINKING_KINDS = [
  'mac',
  'ssh_host_key',
  'tls_certificate',
  'name',
] as const satisfies readonly EvidenceKind[];

function pointsForTurns(
  one: StayFacts,
  other: StayFacts,
  shared: { readonly keys: boolean; readonly name: boolean },
): number {
  if (one.hostId === other.hostId || areTogether(one, other)) return 0;
  if (one.mac !== null || other.mac !== null) return 0;
  if (shared.name && one.isRandomised && other.isRandomised) return RANDOMISED_IN_TURN_POINTS;
  return shared.keys || shared.name ? IN_TURN_POINTS : 0;
}

/** What speaks against two stays being one whatever else they share; undefined when nothing does. */
export function vetoOf(one: StayFacts, other: StayFacts): string | undefined {
  if (!areTogether(one, other)) return undefined;
  if (haveOtherKeys(one, other)) return 'other SSH host keys at the same time';
  if (one.mac === null || other.mac === null || one.mac === other.mac) return undefined;
  if (differ(one, other, 'name')) return 'other MAC addresses and other names at the same time';
  // A cloned machine shows the same keys and certificates on another card; two cards of one machine have one name.
  if (!share(one, other, 'name')) return 'other MAC addresses at the same time, and no name in common';
  if (differ(one, other, 'tls_certificate'))
    return 'other MAC addresses and other TLS certificates at the same time';
  return undefined;
}

export function areTogether(one: StayFacts, other: StayFacts): boolean {
  return areAtTheSameTime(one.presence, other.presence);
}

function share(one: StayFacts, other: StayFacts, kind: EvidenceKind): boolean {
  const theirs = other.values.get(kind);
  return theirs !== undefined && [...(one.values.get(kind) ?? [])].some((value) => theirs.has(value));
}

/** Both have values of the kind, and none in common. */
function differ(one: StayFacts, other: StayFacts, kind: EvidenceKind): boolean {
  const has = one.values.has(kind) && other.values.has(kind);
  return has && !share(one, other, kind);
}

/** A server has a key for each algorithm: only keys of the same one can be others. */
function haveOtherKeys(one: StayFacts, other: StayFacts): boolean {
  if (!differ(one, other, 'ssh_host_key')) return false;
  const algorithms = new Set([...(one.values.get('ssh_host_key') ?? [])].map(algorithmOf));
  return [...(other.values.get('ssh_host_key') ?? [])].some((key) => algorithms.has(algorithmOf(key)));
}

function algorithmOf(key: string): string {
  return key.split(' ', 1)[0] ?? key;
}

function areInterleaved(one: StayFacts, other: StayFacts): boolean {
  return cameBack(one, other) || cameBack(other, one);
}

/** Whether the first was there before some time of the other and after it. */
function cameBack(one: StayFacts, other: StayFacts): boolean {
  return other.presence.some(({ fromMs, toMs }) => {
    const before = one.presence.some((time) => time.toMs <= fromMs);
    return before && one.presence.some((time) => time.fromMs >= toMs);
  });
}
