import { CellRun } from '#discovery/cell-run.js';
import { type Cell, cellsOf } from '#discovery/cells.js';
import { type CompletedCell, observationsIn } from '#discovery/completed-cell.js';
import type { DiscoveryRequest } from '#discovery/discovery-request.js';
import { ProbeQueue } from '#discovery/probe-queue.js';
import type { HostResponse, Impostor, MethodStatus } from '#net/probe/hosts/host-response.js';

/** Addresses whose cells are begun and not yet yielded: bounds the memory of a discovery run of any size. */
export const MAX_OPEN_ADDRESSES = 4_096;
/** Impostors that are listed; further ones are only counted. */
export const MAX_NAMED_IMPOSTORS = 256;

/** Totals of a discovery run, beside its observations; final when it has ended. */
export interface DiscoveryResult {
  readonly methodStatuses: readonly MethodStatus[];
  /** Addresses that responded. */
  readonly alive: number;
  readonly unresponsive: number;
  readonly disbelieved: number;
  readonly unprobed: number;
  /** Addresses behind a router, which ARP and neighbor solicitation could not probe. */
  readonly offLink: number;
  readonly impostors: readonly Impostor[];
  readonly impostorCount: number;
  /** Failures of this machine to send, by error code, as `ENETUNREACH`. */
  readonly failures: ReadonlyMap<string, number>;
}

export interface Discovery extends AsyncIterable<readonly HostResponse[]> {
  readonly report: DiscoveryResult;
}

/**
 * Runs host discovery over the targets, completes each address once, and yields the observations cell by cell as cells
 * complete. A slow reader slows the probing. An abort stops sending at once and ends the iteration without an error,
 * without the cells that were begun; leaving the loop does the same.
 */
export function discovery(request: DiscoveryRequest, signal: AbortSignal): Discovery {
  const tally = new Tally(request.probes.methodStatuses);
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
  readonly methodStatuses: readonly MethodStatus[];
  readonly impostors: Impostor[] = [];
  readonly failures = new Map<string, number>();
  alive = 0;
  unresponsive = 0;
  disbelieved = 0;
  unprobed = 0;
  offLink = 0;
  impostorCount = 0;

  constructor(methodStatuses: readonly MethodStatus[]) {
    this.methodStatuses = methodStatuses;
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

/** Like `discovery`, but yields everything about each cell, unresponsive addresses too. */
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

/** Keeps as many cells running as memory allows, and yields them as they complete. */
class RunningCells {
  readonly #cells: Generator<Cell, undefined>;
  readonly #run: (cell: Cell) => Promise<CompletedCell | undefined>;
  readonly #maxHeld: number;
  #upcoming: Cell | undefined;
  /** Addresses of cells that are begun and not yet yielded. */
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

  /** `undefined` when all are complete, or the rest was aborted. */
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
