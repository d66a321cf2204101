import { ScanoramaError } from '#domain/errors/error.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/** How far a settled position may be ahead of the first gap: more than any engine's window. */
export const MAX_AHEAD_POSITIONS = 262_144;
/** What is held at once, ready or ahead of a gap: 12 MB. */
export const MAX_HELD_POSITIONS = 524_288;
const FIRST_HELD_POSITIONS = 16_384;

/** Settled positions without a gap between them, as columns: row n is of position `first` + n. */
export interface CompletedInterval extends Omit<CompletedChunk, 'positions'> {
  readonly first: number;
}

/**
 * Positions settle in any order; a checkpoint moves only over those without a gap before them.
 *
 *     first ─────── checkpoint ────── prefixEnd ─────────────
 *        taken    │   ready to be taken  │ . x x . x         x = settled, beyond a gap
 *                 └─ ring of columns, the slot of a position is its rest by the size ─┘
 *
 * What settles a second time, or late, is counted and dropped: a position has one observation.
 */
export class Settlement {
  #columns: Columns;
  #checkpoint: number;
  #prefixEnd: number;
  #heldCount = 0;
  #dropped = 0;

  constructor(first: number) {
    this.#columns = createColumns(FIRST_HELD_POSITIONS);
    this.#checkpoint = first;
    this.#prefixEnd = first;
  }

  /** Everything below is taken. */
  get checkpoint(): number {
    return this.#checkpoint;
  }

  /** How many positions from the checkpoint on are settled without a gap. */
  get readyCount(): number {
    return this.#prefixEnd - this.#checkpoint;
  }

  /** Settled beyond the first gap. */
  get aheadCount(): number {
    return this.#heldCount - this.readyCount;
  }

  /** Duplicates and latecomers. */
  get droppedCount(): number {
    return this.#dropped;
  }

  /** Throws `internal` for an engine that runs further ahead than its window allows. */
  add(chunk: CompletedChunk): void {
    for (let at = 0; at < chunk.count; at += 1) {
      const position = chunk.positions[at] ?? 0;
      if (position < this.#prefixEnd) this.#dropped += 1;
      else this.#hold(position, chunk, at);
    }
  }

  #hold(position: number, chunk: CompletedChunk, at: number): void {
    this.#freeCapacity(position);
    const columns = this.#columns;
    const slot = position % columns.size;
    if (columns.held[slot] === 1) {
      this.#dropped += 1;
      return;
    }
    columns.held[slot] = 1;
    columns.outcomes[slot] = chunk.outcomes[at] ?? 0;
    columns.attempts[slot] = chunk.attempts[at] ?? 0;
    columns.roundTripsMicroseconds[slot] = chunk.roundTripsMicroseconds[at] ?? 0;
    columns.observedAtMs[slot] = chunk.observedAtMs[at] ?? 0;
    this.#heldCount += 1;
    while (columns.held[this.#prefixEnd % columns.size] === 1 && this.aheadCount > 0) this.#prefixEnd += 1;
  }

  #freeCapacity(position: number): void {
    const span = position - this.#checkpoint + 1;
    if (position >= this.#prefixEnd + MAX_AHEAD_POSITIONS || span > MAX_HELD_POSITIONS) {
      throw new ScanoramaError(
        'internal',
        `Position ${position} settled too far ahead of ${this.#prefixEnd}.`,
      );
    }
    if (span <= this.#columns.size) return;
    let size = this.#columns.size;
    while (size < span) size *= 2;
    const larger = createColumns(size);
    // Round the ring once, from the checkpoint on.
    const old = this.#columns;
    for (let moved = this.#checkpoint; moved < this.#checkpoint + old.size; moved += 1) {
      if (old.held[moved % old.size] === 1) copySlot(old, moved % old.size, larger, moved % size);
    }
    this.#columns = larger;
  }

  /** Takes up to `maxPositions` off the checkpoint. */
  take(maxPositions: number): CompletedInterval {
    const first = this.#checkpoint;
    const count = Math.min(this.readyCount, maxPositions);
    const { size, held, ...columns } = this.#columns;
    const from = first % size;
    const taken = {
      first,
      count,
      outcomes: ringSlice(columns.outcomes, from, new Uint8Array(count)),
      attempts: ringSlice(columns.attempts, from, new Uint8Array(count)),
      roundTripsMicroseconds: ringSlice(columns.roundTripsMicroseconds, from, new Int32Array(count)),
      observedAtMs: ringSlice(columns.observedAtMs, from, new Float64Array(count)),
    };
    held.fill(0, from, Math.min(size, from + count));
    held.fill(0, 0, Math.max(0, from + count - size));
    this.#checkpoint += count;
    this.#heldCount -= count;
    return taken;
  }
}

interface Columns {
  readonly size: number;
  /** 1 where a slot is taken. */
  readonly held: Uint8Array;
  readonly outcomes: Uint8Array;
  readonly attempts: Uint8Array;
  readonly roundTripsMicroseconds: Int32Array;
  readonly observedAtMs: Float64Array;
}

function createColumns(size: number): Columns {
  return {
    size,
    held: new Uint8Array(size),
    outcomes: new Uint8Array(size),
    attempts: new Uint8Array(size),
    roundTripsMicroseconds: new Int32Array(size),
    observedAtMs: new Float64Array(size),
  };
}

function copySlot(from: Columns, fromSlot: number, to: Columns, slot: number): void {
  to.held[slot] = 1;
  to.outcomes[slot] = from.outcomes[fromSlot] ?? 0;
  to.attempts[slot] = from.attempts[fromSlot] ?? 0;
  to.roundTripsMicroseconds[slot] = from.roundTripsMicroseconds[fromSlot] ?? 0;
  to.observedAtMs[slot] = from.observedAtMs[fromSlot] ?? 0;
}

interface Column {
  readonly length: number;
  subarray(from: number, to: number): ArrayLike<number>;
  set(values: ArrayLike<number>, at: number): void;
}

/** Fills `target` from a ring that may have to be gone over at its end. */
function ringSlice<Target extends Column>(ring: Column, from: number, target: Target): Target {
  const untilEnd = Math.min(target.length, ring.length - from);
  target.set(ring.subarray(from, from + untilEnd), 0);
  if (untilEnd < target.length) target.set(ring.subarray(0, target.length - untilEnd), untilEnd);
  return target;
}
