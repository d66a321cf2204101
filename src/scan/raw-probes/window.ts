import type { OpenBlock } from '#scan/raw-probes/open-block.js';
import type { CompletedChunk, OutcomeCode } from '#scan/results/completed-chunk.js';

/** Positions are taken up in pieces of so many, none reaching over a block's border. */
export const PIECE_POSITIONS = 8_192;
const PIECE_SHIFT = 13;
/** Pieces in flight at once: with 32, a silent network is asked 131,000 times a second for a second each. */
export const MAX_PIECES = 32;

const FRESH = 0;
const WAITING = 1;
const COMPLETED = 2;
/** Settled, and not to be handed over before its host is believed. */
const HELD = 3;
/** Slots beside those of the positions, for probes that no position stands for. */
export const SPARE_SLOTS = 1_024;

/** Positions `first` up to `end`, in the slots from `firstSlot` on. */
export interface Piece {
  readonly first: number;
  readonly end: number;
  readonly firstSlot: number;
  readonly block: OpenBlock;
  /** How many were asked or refused, and how many were handed over, each from the first on. */
  issued: number;
  handedOver: number;
}

/**
 * What is known of the positions under way: a slot each, in columns made once. A slot is a position's until all of
 * its piece is handed over, so that a slow reader stops the asking and nothing grows.
 *
 *     pieces   [ 0: ███████▒▒▒ ][ 1: ██▒█▒▒▒▒ ][ 2: ▒▒······ ][ 3: free ] …      █ settled  ▒ waiting  · fresh
 */
export class Window {
  /** Place of the probe in its block: host × ports + port. */
  readonly indexes: Int32Array;
  readonly attempts: Uint8Array;
  /** Of the latest attempt: microseconds of the monotonic clock, cut to 32 bits. */
  readonly sentAtMicroseconds: Int32Array;
  /** The slots from here on are spare. */
  readonly firstSpare: number;
  readonly #states: Uint8Array;
  readonly #outcomes: Uint8Array;
  readonly #roundTrips: Int32Array;
  readonly #observedAtMs: Float64Array;
  readonly #onClosed: (first: number) => void;
  readonly #pieces: (Piece | undefined)[];
  /** Oldest first. */
  readonly #order: Piece[] = [];
  #waitingCount = 0;
  #freshCount = 0;
  #completedCount = 0;
  #heldCount = 0;
  readonly #spare: number[] = [];

  constructor(maxPieces: number = MAX_PIECES, onClosed: (first: number) => void = () => {}) {
    this.#onClosed = onClosed;
    const slots = maxPieces * PIECE_POSITIONS + SPARE_SLOTS;
    this.firstSpare = maxPieces * PIECE_POSITIONS;
    for (let slot = slots - 1; slot >= this.firstSpare; slot -= 1) this.#spare.push(slot);
    this.indexes = new Int32Array(slots);
    this.attempts = new Uint8Array(slots);
    this.sentAtMicroseconds = new Int32Array(slots);
    this.#states = new Uint8Array(slots);
    this.#outcomes = new Uint8Array(slots);
    this.#roundTrips = new Int32Array(slots);
    this.#observedAtMs = new Float64Array(slots);
    this.#pieces = Array.from({ length: maxPieces }, () => undefined);
  }

  get slotCount(): number {
    return this.#states.length;
  }

  get hasCapacity(): boolean {
    return this.#order.length < this.#pieces.length;
  }

  get isEmpty(): boolean {
    return this.#order.length === 0;
  }

  /** Asked at least once and not settled. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** Settled and not taken, whether or not there is a gap before them. */
  get completedCount(): number {
    return this.#completedCount;
  }

  get heldCount(): number {
    return this.#heldCount;
  }

  get freshCount(): number {
    return this.#freshCount;
  }

  /** Never asked, and the way to their hosts is known. */
  get readyCount(): number {
    let count = 0;
    for (const { block, first, end, issued } of this.#order) if (block.isReady) count += end - first - issued;
    return count;
  }

  get pieces(): readonly Piece[] {
    return this.#order;
  }

  /** There has to be room. */
  open(first: number, end: number, block: OpenBlock): void {
    const place = this.#pieces.indexOf(undefined);
    const firstSlot = place << PIECE_SHIFT;
    const piece: Piece = { first, end, firstSlot, block, issued: 0, handedOver: 0 };
    this.#pieces[place] = piece;
    this.#order.push(piece);
    this.#freshCount += end - first;
    this.#states.fill(FRESH, firstSlot, firstSlot + end - first);
    this.attempts.fill(0, firstSlot, firstSlot + end - first);
  }

  pieceOf(slot: number): Piece | undefined {
    return this.#pieces[slot >>> PIECE_SHIFT];
  }

  positionOf(slot: number): number {
    const piece = this.pieceOf(slot);
    return piece === undefined ? Number.NaN : piece.first + slot - piece.firstSlot;
  }

  /** The next slot of a piece that was never asked, which waits from now on. */
  issue(piece: Piece): number {
    const offset = piece.first - piece.block.plan.first + piece.issued;
    const slot = piece.firstSlot + piece.issued;
    const index = piece.block.plan.cellOf(offset);
    piece.issued += 1;
    this.indexes[slot] = index;
    piece.block.slots[index] = slot;
    this.#states[slot] = WAITING;
    this.#waitingCount += 1;
    this.#freshCount -= 1;
    return slot;
  }

  isWaiting(slot: number): boolean {
    return this.#states[slot] === WAITING;
  }

  /** Whether the slot is at present that of this probe of this block, and waits. */
  isAwaited(slot: number, block: OpenBlock, index: number): boolean {
    return (
      this.#states[slot] === WAITING && this.indexes[slot] === index && this.pieceOf(slot)?.block === block
    );
  }

  complete(slot: number, outcome: OutcomeCode, observedAtMs: number, roundTripMicroseconds: number): void {
    this.#states[slot] = COMPLETED;
    this.#outcomes[slot] = outcome;
    this.#observedAtMs[slot] = observedAtMs;
    this.#roundTrips[slot] = roundTripMicroseconds;
    this.#waitingCount -= 1;
    this.#completedCount += 1;
  }

  /** Keeps a position that was just settled from being handed over. */
  hold(slot: number): void {
    this.#states[slot] = HELD;
    this.#completedCount -= 1;
    this.#heldCount += 1;
  }

  release(slot: number): void {
    this.#states[slot] = COMPLETED;
    this.#completedCount += 1;
    this.#heldCount -= 1;
  }

  /** Of a position that is settled, and not handed over. */
  setOutcome(slot: number, outcome: OutcomeCode): void {
    this.#outcomes[slot] = outcome;
  }

  /** A slot that waits, for a probe of no position; -1 when there is none left. */
  takeSpare(): number {
    const slot = this.#spare.pop() ?? -1;
    if (slot < 0) return -1;
    this.attempts[slot] = 0;
    this.#states[slot] = WAITING;
    return slot;
  }

  freeSpare(slot: number): void {
    this.#states[slot] = FRESH;
    this.#spare.push(slot);
  }

  /** What is settled without a gap in its piece, at most so much; undefined for nothing. Frees whole pieces. */
  take(maxPositions: number): CompletedChunk | undefined {
    const runs: Run[] = [];
    let count = 0;
    for (const piece of this.#order) {
      if (count === maxPositions) break;
      const from = piece.handedOver;
      const most = Math.min(piece.end - piece.first, from + maxPositions - count);
      while (piece.handedOver < most && this.#states[piece.firstSlot + piece.handedOver] === COMPLETED)
        piece.handedOver += 1;
      if (piece.handedOver > from) runs.push({ piece, from, to: piece.handedOver });
      count += piece.handedOver - from;
    }
    if (count === 0) return undefined;
    const chunk = this.#copy(runs, count);
    for (const { piece } of runs) if (piece.handedOver === piece.end - piece.first) this.#close(piece);
    return chunk;
  }

  /** What is settled beyond a gap as well, for the end of a run that was stopped. */
  takeRest(): CompletedChunk | undefined {
    const runs: Run[] = [];
    let count = 0;
    for (const piece of this.#order) {
      for (let at = piece.handedOver; at < piece.issued; at += 1) {
        if (this.#states[piece.firstSlot + at] !== COMPLETED) continue;
        runs.push({ piece, from: at, to: at + 1 });
        count += 1;
      }
      piece.handedOver = piece.issued;
    }
    return count === 0 ? undefined : this.#copy(runs, count);
  }

  #copy(runs: readonly Run[], count: number): CompletedChunk {
    const chunk = {
      count,
      positions: new Float64Array(count),
      outcomes: new Uint8Array(count),
      attempts: new Uint8Array(count),
      roundTripsMicroseconds: new Int32Array(count),
      observedAtMs: new Float64Array(count),
    };
    this.#completedCount -= count;
    let to = 0;
    for (const { piece, from, to: end } of runs) {
      const a = piece.firstSlot + from;
      const b = piece.firstSlot + end;
      chunk.outcomes.set(this.#outcomes.subarray(a, b), to);
      chunk.attempts.set(this.attempts.subarray(a, b), to);
      chunk.roundTripsMicroseconds.set(this.#roundTrips.subarray(a, b), to);
      chunk.observedAtMs.set(this.#observedAtMs.subarray(a, b), to);
      for (let at = from; at < end; at += 1) chunk.positions[to++] = piece.first + at;
    }
    return chunk;
  }

  #close(piece: Piece): void {
    this.#order.splice(this.#order.indexOf(piece), 1);
    this.#pieces[piece.firstSlot >>> PIECE_SHIFT] = undefined;
    this.#onClosed(piece.first);
  }
}

interface Run {
  readonly piece: Piece;
  readonly from: number;
  readonly to: number;
}
