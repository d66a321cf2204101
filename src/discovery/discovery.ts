import { CellRun } from '#discovery/cell-run.js';
import { type Cell, cellsOf } from '#discovery/cells.js';
import { type CompletedCell, observationsIn } from '#discovery/completed-cell.js';
import type { DiscoveryRequest } from '#discovery/discovery-request.js';
import { ProbeQueue } from '#discovery/probe-queue.js';
import type { HostResponse, Impostor, MethodWay } from '#net/probe/hosts/host-response.js';

/** Addresses whose cells are begun and not handed out: what a sweep of any size holds in memory. */
export const MAX_OPEN_ADDRESSES = 4_096;
/** Impostors kept by name; beyond, they are counted only. */
export const MAX_NAMED_IMPOSTORS = 256;

/** What a sweep has to say beside its sightings; complete when it has ended. */
export interface DiscoveryResult {
  readonly ways: readonly MethodWay[];
  /** Addresses that showed a sign of life. */
  readonly alive: number;
  readonly unresponsive: number;
  readonly disbelieved: number;
  readonly unprobed: number;
  /** For how many ARP or neighbour solicitation was no way to ask. */
  readonly offLink: number;
  readonly impostors: readonly Impostor[];
  readonly impostorCount: number;
  /** Failures of this machine to send, by the system's name. */
  readonly failures: ReadonlyMap<string, number>;
}

export interface Discovery extends AsyncIterable<readonly HostResponse[]> {
  readonly report: DiscoveryResult;
}

/**
 * Sweeps the targets, each address settled once, and yields what was seen of them, cell by cell as they settle. A slow
 * reader slows the asking. An abort ends the packets at once and the iteration without an error, cells that were begun
 * left out; leaving the loop does the same.
 */
export function discovery(request: DiscoveryRequest, signal: AbortSignal): Discovery {
  const tally = new Tally(request.probes.ways);
  return {
    report: tally,
    async *[Symbol.asyncIterator]() {
      for await (const cell of completeCells(request, signal)) {
        tally.add(cell);
        const observations = observationsIn(cell);
        if (observations.length > 0) yield observations;
      }
    },
  };
}

class Tally implements DiscoveryResult {
  readonly ways: readonly MethodWay[];
  readonly impostors: Impostor[] = [];
  readonly failures = new Map<string, number>();
  alive = 0;
  unresponsive = 0;
  disbelieved = 0;
  unprobed = 0;
  offLink = 0;
  impostorCount = 0;

  constructor(ways: readonly MethodWay[]) {
    this.ways = ways;
  }

  add(cell: CompletedCell): void {
    for (const { verdict } of cell.addresses) this[verdict] += 1;
    this.offLink += cell.offLink;
    this.impostorCount += cell.impostors.length;
    this.impostors.push(...cell.impostors.slice(0, MAX_NAMED_IMPOSTORS - this.impostors.length));
    for (const [code, count] of cell.failures)
      this.failures.set(code, (this.failures.get(code) ?? 0) + count);
  }
}

/** The same with all that is known of each cell, silence too. */
export async function* completeCells(
  request: DiscoveryRequest,
  signal: AbortSignal,
): AsyncGenerator<CompletedCell, undefined> {
  const leaving = new AbortController();
  const either = AbortSignal.any([signal, leaving.signal]);
  const queue = new ProbeQueue({ ...request, signal: either });
  const probing = { request, queue, signal: either };
  const running = new RunningCells(request, (cell) => new CellRun(cell, probing).run());
  try {
    while (!either.aborted) {
      const completed = await running.next();
      if (completed === undefined) return undefined;
      yield completed;
    }
    return undefined;
  } finally {
    leaving.abort();
  }
}

/** Keeps as many cells begun as there is room for, and hands them out as they settle. */
class RunningCells {
  readonly #cells: Generator<Cell, undefined>;
  readonly #run: (cell: Cell) => Promise<CompletedCell | undefined>;
  readonly #maxHeld: number;
  #upcoming: Cell | undefined;
  /** Of cells that are begun and not yet handed out. */
  #heldAddresses = 0;
  #runningCells = 0;
  readonly #completed: CompletedCell[] = [];
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(
    { targets, openAddresses = MAX_OPEN_ADDRESSES }: DiscoveryRequest,
    run: (cell: Cell) => Promise<CompletedCell | undefined>,
  ) {
    this.#cells = cellsOf(targets);
    this.#run = run;
    this.#maxHeld = openAddresses;
    this.#upcoming = this.#cells.next().value;
  }

  /** `undefined` when all are settled, or the rest was aborted. */
  async next(): Promise<CompletedCell | undefined> {
    for (;;) {
      this.#begin();
      if (this.#failure !== undefined) throw this.#failure.error;
      const completed = this.#completed.shift();
      if (completed !== undefined) this.#heldAddresses -= completed.addresses.length;
      if (completed !== undefined || this.#runningCells === 0) return completed;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #begin(): void {
    for (let cell = this.#upcoming; cell !== undefined; cell = this.#upcoming) {
      const held = this.#heldAddresses;
      if (held > 0 && held + cell.addresses.length > this.#maxHeld) return;
      this.#upcoming = this.#cells.next().value;
      void this.#follow(cell);
    }
  }

  async #follow(cell: Cell): Promise<void> {
    this.#heldAddresses += cell.addresses.length;
    this.#runningCells += 1;
    try {
      const completed = await this.#run(cell);
      if (completed === undefined) this.#upcoming = undefined;
      else this.#completed.push(completed);
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#runningCells -= 1;
    this.#wake?.();
  }
}
