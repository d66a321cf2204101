import type { Address } from '#domain/addresses/address.js';
import type { Probe } from '#domain/scans/plan.js';
import { type Due, DueQueue } from '#scan/connect/due-queue.js';

interface Parked extends Due {
  readonly probe: Probe;
}

interface Lot<T extends Parked> {
  readonly key: bigint;
  readonly items: DueQueue<T>;
  /** When its host may be asked again; undefined while it is in no queue. */
  dueMs: number | undefined;
}

interface Turn<T extends Parked> extends Due {
  readonly lot: Lot<T>;
}

/**
 * Positions put aside because their host has had its share: a lot a host, each left from below.
 *
 *     park ─> lot of its host ─┐ the host's next share
 *             3 9 12 40 …      └──> takeDue: 3, then 9 …
 *
 * From below, and not whoever hears of the share first: a checkpoint moves over positions without a gap, and
 * in any other order 360 probes of a stopped scan at 40 a second left 4 behind the checkpoint.
 */
export class Parking<T extends Parked> {
  readonly #lots = new Map<bigint, Lot<T>>();
  readonly #turns = new DueQueue<Turn<T>>();
  #size = 0;
  /** Whose lowest position was taken last: if it does not come back, it was asked, and the next may try. */
  #onTrial: Lot<T> | undefined;

  get size(): number {
    return this.#size;
  }

  /** When the next one may leave; undefined when none is parked. */
  nextDueMs(nowMs: number): number | undefined {
    this.#endTrial(nowMs);
    return this.#turns.nextDueMs;
  }

  /** Puts a position aside until its host may be asked, at `item.dueMs`. */
  park(item: T): void {
    const lot = this.#lotOf(item.probe.address);
    lot.items.push({ ...item, dueMs: 0 });
    this.#size += 1;
    if (lot === this.#onTrial) this.#onTrial = undefined;
    if (lot.dueMs === undefined) this.#queue(lot, item.dueMs);
  }

  /** The lowest position of a host that may be asked by `nowMs`. */
  takeDue(nowMs: number): T | undefined {
    this.#endTrial(nowMs);
    const turn = this.#turns.takeDue(nowMs);
    if (turn === undefined) return undefined;
    const { lot } = turn;
    lot.dueMs = undefined;
    this.#onTrial = lot;
    const item = lot.items.takeDue(0);
    if (item !== undefined) this.#size -= 1;
    return item;
  }

  clear(): void {
    this.#lots.clear();
    this.#turns.clear();
    this.#onTrial = undefined;
    this.#size = 0;
  }

  #lotOf({ family, value }: Address): Lot<T> {
    const key = (value << 1n) | (family === 6 ? 1n : 0n);
    const known = this.#lots.get(key);
    if (known !== undefined) return known;
    const lot: Lot<T> = { key, items: new DueQueue<T>(), dueMs: undefined };
    this.#lots.set(key, lot);
    return lot;
  }

  #endTrial(nowMs: number): void {
    const lot = this.#onTrial;
    if (lot === undefined) return;
    this.#onTrial = undefined;
    if (lot.items.size > 0) this.#queue(lot, nowMs);
    else this.#lots.delete(lot.key);
  }

  #queue(lot: Lot<T>, dueMs: number): void {
    lot.dueMs = dueMs;
    this.#turns.push({ lot, dueMs, position: lot.items.lowest ?? 0 });
  }
}
