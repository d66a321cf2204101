import { ScanoramaError } from '#domain/errors/error.js';
import type { FaultKind } from '#torture/fault.js';
import { UnheldRound } from '#torture/inconclusive-round.js';
import type { Lab } from '#torture/lab.js';
import { Random } from '#torture/random.js';
import { type RoundPlan, type RoundResult, runRound } from '#torture/run-round.js';

/** Tries of one round that cannot be held. */
export const MAX_TRIES = 3;

export interface TortureOptions {
  readonly seed: number;
  readonly rounds: number;
  /** Runs this one alone, counted from 1, as it was in a run of the same seed and kinds. */
  readonly round?: number | undefined;
}

/** What became of one kind at one of its points. */
export interface KindTally {
  readonly kind: string;
  readonly what: string;
  readonly point: string;
  readonly rounds: number;
  /** Rounds in which the fault struck; in the others the scan was over before. */
  readonly hits: number;
  readonly probedAgain: number;
  readonly listeners: number;
}

export interface TortureReport {
  readonly seed: number;
  readonly rounds: number;
  readonly hits: number;
  /** Open ports that were to be found, over all rounds. */
  readonly listeners: number;
  readonly batches: number;
  readonly durationMs: number;
  readonly tallies: readonly KindTally[];
  /** The round at which it ended before its time, because the promise was broken. */
  readonly broken: BrokenRound | undefined;
}

export interface BrokenRound {
  readonly round: number;
  readonly kind: string;
  readonly point: string;
  readonly detail: string;
  readonly faults: readonly string[];
}

/** Told while it lasts. */
export interface TortureProgress {
  readonly onRound: (result: RoundResult) => void;
  readonly onUnheld: (unheld: UnheldTry) => void;
}

/** A try of a round that says nothing of the promise. */
export interface UnheldTry {
  readonly round: number;
  readonly kind: string;
  readonly reason: string;
}

/**
 * Runs round after round until one finds the promise broken. An abort ends it; the report is of the rounds before.
 * Throws where a round cannot be held in so many tries.
 */
export async function runTorture(
  lab: Lab,
  kinds: readonly FaultKind[],
  input: TortureOptions & TortureProgress,
): Promise<TortureReport> {
  const begunMs = performance.now();
  const results: RoundResult[] = [];
  let broken: BrokenRound | undefined;
  for (const round of roundsOf(input)) {
    const plan = planRound(kinds, input.seed, round);
    const { result, faults } = await attempt(lab, plan, input);
    if (lab.signal.aborted) break;
    if (result !== undefined) {
      results.push(result);
      input.onRound(result);
    }
    if (faults.length > 0) {
      const detail = result?.hit?.detail ?? 'nothing is known of how it struck';
      broken = { round, kind: plan.kind.name, point: plan.point, detail, faults };
      break;
    }
  }
  return reportOf(kinds, results, { seed: input.seed, broken, durationMs: performance.now() - begunMs });
}

function roundsOf({ rounds, round }: TortureOptions): number[] {
  return round === undefined ? Array.from({ length: rounds }, (_, index) => index + 1) : [round];
}

interface Attempt {
  readonly result: RoundResult | undefined;
  readonly faults: readonly string[];
}

/** A round that was begun and cannot be brought to its end has broken the promise as well. */
async function attempt(lab: Lab, plan: RoundPlan, { onUnheld }: TortureProgress): Promise<Attempt> {
  const { round, kind } = plan;
  for (let tries = 1; ; tries += 1) {
    try {
      // The chance of the next try goes on where that of this one ended, so that it draws other ports.
      const result = await runRound(lab, plan);
      return { result, faults: result.faults };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (lab.signal.aborted || !(error instanceof UnheldRound))
        return { result: undefined, faults: [`no end: ${reason}`] };
      onUnheld({ round, kind: kind.name, reason });
      if (tries >= MAX_TRIES) throw unheld(plan, error);
    }
  }
}

function unheld({ round, kind }: RoundPlan, cause: UnheldRound): ScanoramaError {
  return new ScanoramaError(
    'internal',
    `Round ${round} (${kind.name}) could not be held in ${MAX_TRIES} tries: ${cause.message}`,
    { hint: 'This says nothing of what is stored: no scan was hurt in it.', cause },
  );
}

/** Each kind has its turns in every cycle, in an order of its own; and each of a kind's points in its turns. */
export function planRound(kinds: readonly FaultKind[], seed: number, round: number): RoundPlan {
  const turns = kinds.flatMap((kind) => Array.from({ length: kind.weight }, (_, turn) => ({ kind, turn })));
  const cycle = Math.floor((round - 1) / turns.length);
  const turn = Random.ofRound(seed, -cycle - 1).shuffled(turns)[(round - 1) % turns.length];
  if (turn === undefined) throw new RangeError('there is no kind of fault to choose from');
  const { kind } = turn;
  const point = kind.points[(cycle * kind.weight + turn.turn) % kind.points.length] ?? '';
  return { round, kind, point, random: Random.ofRound(seed, round) };
}

interface Ended {
  readonly seed: number;
  readonly broken: BrokenRound | undefined;
  readonly durationMs: number;
}

function reportOf(kinds: readonly FaultKind[], results: readonly RoundResult[], ended: Ended): TortureReport {
  const tallies = kinds.flatMap((kind) =>
    kind.points.map((point) => {
      const own = results.filter((result) => result.kind === kind.name && result.point === point);
      return { kind: kind.name, what: kind.what, point, ...sumOf(own) };
    }),
  );
  const { rounds, hits, listeners, batches } = sumOf(results);
  return { ...ended, rounds, hits, listeners, batches, tallies };
}

function sumOf(results: readonly RoundResult[]) {
  const sum = (figure: (result: RoundResult) => number) =>
    results.reduce((total, one) => total + figure(one), 0);
  return {
    rounds: results.length,
    hits: sum(({ hit }) => (hit === undefined ? 0 : 1)),
    probedAgain: sum((result) => result.probedAgain),
    listeners: sum((result) => result.listeners),
    batches: sum((result) => result.batches),
  };
}
