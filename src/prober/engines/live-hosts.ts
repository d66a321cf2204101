import { type CompletedCell, eventsOf, listedOf, unresponsiveIn } from '#discovery/completed-cell.js';
import { completeCells } from '#discovery/discovery.js';
import type { DiscoveryProbes } from '#discovery/probes.js';
import type { AddressFamily } from '#domain/addresses/address.js';
import type { AddressSet } from '#domain/addresses/address-set.js';
import type { Plan } from '#domain/scans/plan.js';
import type { Clock } from '#domain/time/clock.js';
import type { DiscoveryEvents } from '#net/probe/hosts/host-response.js';
import type { Gate } from '#net/send/gate.js';
import { leavable } from '#prober/client/abortable-stream.js';
import { DEFAULT_RETRIES, DEFAULT_TIMEOUT_MS, type Engine, type EngineRequest } from '#scan/engine/engine.js';
import { type CompletedChunk, noteChunk } from '#scan/results/completed-chunk.js';

/**
 * Blocks are swept together until they have so many hosts: the last answers of a sweep and of the engine's run are
 * waited for once a stage, some seconds, which for a block of 65 hosts would be most of the time.
 */
export const STAGE_HOSTS = 4_096;

/** News are handed on when they list so much, hosts and ranges of silence; one cell more may be in them. */
const LISTED_PER_EVENT = 256;

export interface LiveHostsOptions {
  readonly engine: Engine;
  /** Those of the plan that the engine will be given. */
  readonly targets: AddressSet;
  readonly clock: Clock;
  /** Called at the start of a run, which closes them at its end. */
  readonly openProbes: (families: readonly AddressFamily[]) => DiscoveryProbes;
}

/**
 * The engine, asking only hosts that showed themselves. Positions of a host that kept silent are settled as `skipped`:
 * nobody asked them, so nothing is said of their ports. A host that could not be swept, or that something else answered
 * for, is asked as if there were no sweep. What the sweep saw comes as notes, in chunks without positions.
 *
 *     stage 1   sweep ──> engine
 *     stage 2            sweep ──> engine      the next stage is swept while this one is asked
 */
export function createLiveHostsEngine(options: LiveHostsOptions): Engine {
  return {
    ...options.engine,
    run: (request, signal) =>
      leavable(signal, (either) => new LiveHostsRun(options, request, either).chunks()),
  };
}

interface Stage {
  /** Positions from `first` up to but not including `end`. */
  readonly first: number;
  readonly end: number;
  readonly targets: AddressSet;
}

interface DiscoveryStage extends Stage {
  readonly unresponsive: AddressSet;
  readonly events: readonly DiscoveryEvents[];
}

class LiveHostsRun {
  readonly #options: LiveHostsOptions;
  readonly #request: EngineRequest;
  readonly #leaving = new AbortController();
  /** Aborted by a stop, when the reader left, and at the end. */
  readonly #signal: AbortSignal;
  readonly #probes: DiscoveryProbes;

  constructor(options: LiveHostsOptions, request: EngineRequest, signal: AbortSignal) {
    this.#options = options;
    this.#request = request;
    this.#signal = AbortSignal.any([signal, this.#leaving.signal]);
    this.#probes = options.openProbes(options.targets.families);
  }

  async *chunks(): AsyncGenerator<CompletedChunk, undefined> {
    const stages = stagesOf(this.#options.targets, this.#request);
    let upcoming = this.#discoverNext(stages);
    try {
      for (;;) {
        const stage = await upcoming;
        if (stage === undefined || this.#signal.aborted) return undefined;
        upcoming = this.#discoverNext(stages);
        const { first, end } = stage;
        // At its first position: stored before, or with, anything that its hosts answer.
        yield* stage.events.map((events) => noteChunk([{ kind: 'discovery', position: first, events }]));
        const gate = withoutUnresponsive(this.#request.gate, stage.unresponsive);
        yield* this.#options.engine.run({ ...this.#request, gate, first, end }, this.#signal);
      }
    } finally {
      this.#leaving.abort();
      await upcoming.catch(() => undefined);
      this.#probes.close();
    }
  }

  #discoverNext(stages: Generator<Stage, undefined>): Promise<DiscoveryStage | undefined> {
    const stage = stages.next().value;
    if (stage === undefined) return Promise.resolve(undefined);
    const discovered = this.#discovery(stage);
    // It is waited for only when the stage before it is done: until then its failure is no crash of the process.
    discovered.catch(() => undefined);
    return discovered;
  }

  async #discovery(stage: Stage): Promise<DiscoveryStage> {
    const { gate, pace, concurrency } = this.#request;
    const request = {
      targets: stage.targets,
      gate,
      pace,
      concurrency,
      clock: this.#options.clock,
      probes: this.#probes,
      retries: DEFAULT_RETRIES,
      timeoutMs: DEFAULT_TIMEOUT_MS,
    };
    const cells: CompletedCell[] = [];
    for await (const cell of completeCells(request, this.#signal)) cells.push(cell);
    return {
      ...stage,
      unresponsive: unresponsiveIn(cells),
      events: groupsOf(cells).map((group) => eventsOf(group, this.#probes.methodStatuses)),
    };
  }
}

/** Whole blocks, but for a first one that was begun before. */
function* stagesOf(
  targets: AddressSet,
  { plan, first, end }: Pick<EngineRequest, 'plan' | 'first' | 'end'>,
): Generator<Stage, undefined> {
  const blocksPerStage = Math.max(1, Math.floor(STAGE_HOSTS / plan.hostsPerBlock));
  for (let from = first; from < end; ) {
    const firstBlock = plan.blockOf(from);
    const to = Math.min(end, lastOf(plan, firstBlock + blocksPerStage - 1));
    const hosts = hostsOf(plan, firstBlock, plan.blockOf(to - 1) + 1);
    yield { first: from, end: to, targets: targets.slice(hosts.first, hosts.end) };
    from = to;
  }
  return undefined;
}

function lastOf(plan: Plan, block: number): number {
  return plan.blockRange(Math.min(block, plan.blocks - 1)).end;
}

/** Places of a block's hosts in the targets. */
function hostsOf({ hostsPerBlock }: Plan, firstBlock: number, endBlock: number) {
  return { first: BigInt(firstBlock) * BigInt(hostsPerBlock), end: BigInt(endBlock) * BigInt(hostsPerBlock) };
}

/** Cells together until they have `LISTED_PER_EVENT`. */
function groupsOf(cells: readonly CompletedCell[]): CompletedCell[][] {
  const groups: CompletedCell[][] = [];
  let listed = LISTED_PER_EVENT;
  for (const cell of cells) {
    if (listed >= LISTED_PER_EVENT) {
      groups.push([]);
      listed = 0;
    }
    groups.at(-1)?.push(cell);
    listed += listedOf(cell);
  }
  return groups;
}

/** To the engine, a silent host is one that the gate refuses. What is excluded meanwhile is refused as before. */
function withoutUnresponsive(gate: Gate, unresponsive: AddressSet): Gate {
  return {
    permits: (address) => !unresponsive.contains(address) && gate.permits(address),
    refusal: (address) =>
      gate.refusal(address) ?? (unresponsive.contains(address) ? 'no-sign-of-life' : undefined),
    permit: (probe) => (unresponsive.contains(probe.address) ? undefined : gate.permit(probe)),
    permitHost: (address) => (unresponsive.contains(address) ? undefined : gate.permitHost(address)),
    exclude: (more) => gate.exclude(more),
    version: gate.version,
    freshness: gate.freshness,
    get exclusions() {
      return gate.exclusions.union(unresponsive);
    },
    get refusedCount() {
      return gate.refusedCount;
    },
  };
}
