import { PORT_STATES, REASONS } from '#domain/ports/port-state.js';
import type { Plan } from '#domain/scans/plan.js';
import { UNREACHABLE_CAUSES, type UnreachableCause } from '#domain/scans/unreachable.js';
import { isAnswer, type Outcome } from '#net/probe/ports/outcome.js';
import type { Note } from '#scan/engine/observation-note.js';
import { type Completed, isSeen } from '#scan/results/completed.js';

/**
 * An outcome as one byte: 0 is `skipped`, else 1 + the place of state and reason in their tables, and behind these what
 * is skipped because of an obstacle.
 */
export type OutcomeCode = number;
export const SKIPPED: OutcomeCode = 0;
/** In the column of round trips: none was measured. */
export const NO_ROUND_TRIP = -1;
export const MAX_ATTEMPTS = 255;

/**
 * Settled positions as columns of one length, in the order they settled: what engines yield, what the prober's
 * frames carry and what batches gather. A million positions are five arrays instead of three million objects.
 * The probe of a position is what the plan says of it.
 */
export interface CompletedChunk {
  readonly count: number;
  readonly positions: Float64Array;
  readonly outcomes: Uint8Array;
  /** Probes sent for the position. */
  readonly attempts: Uint8Array;
  readonly roundTripsMicroseconds: Int32Array;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly observedAtMs: Float64Array;
  /** What is told beside the columns; a chunk may have notes alone. */
  readonly notes?: readonly Note[] | undefined;
}

export function outcomeCode({ state, reason }: Pick<Outcome, 'state' | 'reason'>): OutcomeCode {
  return 1 + PORT_STATES.indexOf(state) * REASONS.length + REASONS.indexOf(reason);
}

export const OUTCOMES: readonly (Outcome | 'skipped')[] = [
  'skipped',
  ...PORT_STATES.flatMap((state) => REASONS.map((reason): Outcome => ({ state, reason }))),
  ...UNREACHABLE_CAUSES.map(() => 'skipped' as const),
];

const FIRST_UNPROBED = OUTCOMES.length - UNREACHABLE_CAUSES.length;

/** Skipped, because this machine could not ask. */
export function unprobedCode(unreachable: UnreachableCause): OutcomeCode {
  return FIRST_UNPROBED + UNREACHABLE_CAUSES.indexOf(unreachable);
}

/** Undefined of every other outcome. */
export function unreachableOf(code: OutcomeCode): UnreachableCause | undefined {
  return UNREACHABLE_CAUSES[code - FIRST_UNPROBED];
}

export function isOutcomeCode(code: number): code is OutcomeCode {
  return OUTCOMES[code] !== undefined;
}

const ANSWERS: readonly boolean[] = OUTCOMES.map((outcome) => outcome !== 'skipped' && isAnswer(outcome));

/** Whether anything came back. */
export function isAnswerCode(code: OutcomeCode): boolean {
  return ANSWERS[code] ?? false;
}

/** Throws RangeError for a byte that no outcome has. */
export function outcomeOf(code: OutcomeCode): Outcome | 'skipped' {
  const outcome = OUTCOMES[code];
  if (outcome === undefined) throw new RangeError(`no outcome has the code ${code}`);
  return outcome;
}

/** Gathers settled positions one by one and hands them over as a chunk; its capacity is fixed. */
export class ChunkBuilder {
  readonly capacity: number;
  #count = 0;
  #positions: Float64Array;
  #outcomes: Uint8Array;
  #attempts: Uint8Array;
  #roundTrips: Int32Array;
  #observedAtMs: Float64Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#positions = new Float64Array(capacity);
    this.#outcomes = new Uint8Array(capacity);
    this.#attempts = new Uint8Array(capacity);
    this.#roundTrips = new Int32Array(capacity);
    this.#observedAtMs = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.capacity;
  }

  /** Throws RangeError when it is full. */
  add(position: number, outcome: OutcomeCode, rest: CompletedRest): void {
    if (this.isFull) throw new RangeError(`a chunk holds ${this.capacity} positions`);
    const at = this.#count++;
    this.#positions[at] = position;
    this.#outcomes[at] = outcome;
    this.#attempts[at] = Math.min(rest.attempts, MAX_ATTEMPTS);
    this.#roundTrips[at] = rest.roundTripMicroseconds;
    this.#observedAtMs[at] = rest.observedAtMs;
  }

  /** What was gathered, in arrays of its own; the builder is empty again. */
  take(): CompletedChunk {
    const count = this.#count;
    this.#count = 0;
    return {
      count,
      positions: this.#positions.slice(0, count),
      outcomes: this.#outcomes.slice(0, count),
      attempts: this.#attempts.slice(0, count),
      roundTripsMicroseconds: this.#roundTrips.slice(0, count),
      observedAtMs: this.#observedAtMs.slice(0, count),
    };
  }
}

interface CompletedRest {
  readonly attempts: number;
  readonly roundTripMicroseconds: number;
  readonly observedAtMs: number;
}

/** No position, only what is told. */
export function noteChunk(notes: readonly Note[]): CompletedChunk {
  return { ...new ChunkBuilder(0).take(), notes };
}

export function chunkOf(completed: readonly Completed[]): CompletedChunk {
  const builder = new ChunkBuilder(completed.length);
  for (const { position, outcome, attempts, observedAtMs } of completed) {
    builder.add(position, codeOf(outcome), {
      attempts,
      observedAtMs,
      roundTripMicroseconds: isSeen(outcome)
        ? (outcome.roundTripMicroseconds ?? NO_ROUND_TRIP)
        : NO_ROUND_TRIP,
    });
  }
  return builder.take();
}

function codeOf(outcome: Completed['outcome']): OutcomeCode {
  if (outcome === 'skipped') return SKIPPED;
  return isSeen(outcome) ? outcomeCode(outcome) : unprobedCode(outcome.unreachable);
}

/** The rows of a chunk, in its order. Throws RangeError for a position outside the plan or an unknown outcome. */
export function completedOf(chunk: CompletedChunk, plan: Plan): Completed[] {
  return Array.from({ length: chunk.count }, (_, at) => {
    const position = chunk.positions[at] ?? Number.NaN;
    return {
      position,
      probe: plan.locate(position),
      attempts: chunk.attempts[at] ?? 0,
      observedAtMs: chunk.observedAtMs[at] ?? 0,
      outcome: completedOutcome(chunk.outcomes[at] ?? SKIPPED, chunk.roundTripsMicroseconds[at]),
    };
  });
}

function completedOutcome(code: OutcomeCode, roundTripMicroseconds = NO_ROUND_TRIP): Completed['outcome'] {
  const unreachable = unreachableOf(code);
  if (unreachable !== undefined) return { unreachable };
  const outcome = outcomeOf(code);
  if (outcome === 'skipped' || roundTripMicroseconds === NO_ROUND_TRIP) return outcome;
  return { ...outcome, roundTripMicroseconds };
}
