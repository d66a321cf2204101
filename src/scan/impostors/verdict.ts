/** `answers-all`, `tarpit`: what answers there is not the host's services. */
export type ImpostorVerdict = 'answers-all' | 'tarpit';
export type Verdict = 'believed' | ImpostorVerdict;

/** The first settled TCP positions of a host that are taken for a sample of all. */
export const SAMPLE_POSITIONS = 24;
/** With fewer of them open the host is believed. */
export const SUSPICIOUS_OPEN_POSITIONS = SAMPLE_POSITIONS / 2;

interface Round {
  /** So many canaries of the host have been asked at its end. */
  readonly canaries: number;
  /** Up to so many accepted: believed. From `damningAccepted` on: an impostor. Between: the next round. */
  readonly harmlessAccepted: number;
  readonly damningAccepted: number;
}

/**
 * The first round is for hosts of which nothing but an open port is known, and cheap: nearly all end there.
 * The last one is for what answers on most ports, but not on all. Misjudged, computed from the binomial
 * distribution: of hosts with 40 % of all ports open 3 in 100,000; of what answers on 90 % of them 1 in 1,000 when the
 * first round is taken, else 5 in 100,000; of what answers on all of them none. Deciding at 12 canaries by 7
 * would take 16 % of the hosts with 40 % of all ports open for impostors.
 */
export const ROUNDS: readonly Round[] = [
  { canaries: 3, harmlessAccepted: 0, damningAccepted: Number.POSITIVE_INFINITY },
  { canaries: 12, harmlessAccepted: 4, damningAccepted: 12 },
  { canaries: 48, harmlessAccepted: 33, damningAccepted: 34 },
];
/** Where a host begins whose sample was suspicious already. */
export const ROUND_AFTER_SAMPLE = 1;

/** Up to so large a window, in bytes, is a tarpit's: it lets its guest send nothing and not leave. */
export const TINY_WINDOW_BYTES = 64;

export interface CanaryCount {
  readonly answered: number;
  readonly accepted: number;
  /** Accepted with a tiny window. */
  readonly tinyWindows: number;
}

/** What a finished round says; undefined: ask on. */
export function verdictOfRound(round: number, count: CanaryCount): Verdict | undefined {
  const { harmlessAccepted = 0, damningAccepted = 0 } = ROUNDS[round] ?? {};
  if (count.accepted <= harmlessAccepted) return 'believed';
  return count.accepted >= damningAccepted ? impostor(count) : undefined;
}

/** Fewer answers than in the first round say nothing against a host. */
const MIN_KNOWN_CANARIES = 3;
const DAMNING_SHARE = 0.7;

/** What is said of a host that cannot be asked any longer. */
export function verdictOfWhatIsKnown(count: CanaryCount): Verdict {
  const isDamning = count.answered >= MIN_KNOWN_CANARIES && count.accepted >= DAMNING_SHARE * count.answered;
  return isDamning ? impostor(count) : 'believed';
}

function impostor({ accepted, tinyWindows }: CanaryCount): ImpostorVerdict {
  return 2 * tinyWindows > accepted ? 'tarpit' : 'answers-all';
}
