import type { Probe } from '#domain/scans/plan.js';
import { type Due, DueQueue } from '#scan/connect/due-queue.js';
import { Parking } from '#scan/connect/parked-positions.js';

interface Postponable extends Due {
  readonly probe: Probe;
}

/** What is asked later: again, or for the first time when its host may be asked. */
export class Postponed<T extends Postponable> {
  readonly #again = new DueQueue<T>();
  readonly #parking = new Parking<T>();
  /** Apart from the others, so that a host's TCP ports do not wait behind its UDP ports. */
  readonly #atLeisure = new Parking<T>();

  get size(): number {
    return this.#again.size + this.#parking.size + this.#atLeisure.size;
  }

  probeAgain(item: T): void {
    this.#again.push(item);
  }

  /** Until the host may have its next share. */
  park(item: T): void {
    this.#parking.park(item);
  }

  /** Until the host is at leisure. */
  parkForLeisure(item: T): void {
    this.#atLeisure.park(item);
  }

  takeAgain(nowMs: number): T | undefined {
    return this.#again.takeDue(nowMs);
  }

  takeParked(nowMs: number): T | undefined {
    return this.#parking.takeDue(nowMs) ?? this.#atLeisure.takeDue(nowMs);
  }

  nextDueMs(nowMs: number): number | undefined {
    const dues = [
      this.#again.nextDueMs,
      this.#parking.nextDueMs(nowMs),
      this.#atLeisure.nextDueMs(nowMs),
    ].filter((ms) => ms !== undefined);
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  clear(): void {
    this.#again.clear();
    this.#parking.clear();
    this.#atLeisure.clear();
  }
}
