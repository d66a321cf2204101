import { type CompletedAddress, type CompletedCell, eventsOf } from '#discovery/completed-cell.js';
import { completeCells } from '#discovery/discovery.js';
import type { DiscoveryProbes } from '#discovery/probes.js';
import type { AddressFamily } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Plan } from '#domain/scans/plan.js';
import { NAMES_LACK } from '#domain/scans/warning.js';
import type { Clock } from '#domain/time/clock.js';
import { isAlive, NAME_ONLY } from '#net/probe/hosts/host-response.js';
import { leavable } from '#prober/client/abortable-stream.js';
import { cellsOfAnswering, noNames } from '#prober/engines/resolver-check.js';
import type { DiscoveryOrder, Engine, EngineRequest } from '#scan/engine/engine.js';
import {
  ChunkBuilder,
  type CompletedChunk,
  NO_ROUND_TRIP,
  type OutcomeCode,
  outcomeCode,
  SKIPPED,
} from '#scan/results/completed-chunk.js';

/**
 * Addresses that a discovery has open at once, of which a stop forgets what is not settled: at the usual pace so many are
 * asked in a second, and the answers to them are waited for meanwhile.
 */
export const OPEN_ADDRESSES = 1_024;

export interface DiscoveryEngineOptions {
  readonly clock: Clock;
  /** Called at the start of a run, which closes them at its end. */
  readonly openProbes: (wanted: DiscoveryOrder, families: readonly AddressFamily[]) => DiscoveryProbes;
}

/**
 * Looks for hosts: for a plan that asks hosts, one address after the other. A position is settled with the answer that
 * showed the host; with `no-response` when it was asked by every method there is; with `answers-all` when something else
 * answered in its place. One that nobody could ask is skipped. Names, hardware addresses and who answered for others come
 * as notes. A cell of 256 is settled as a whole: a run that is stopped leaves the cells unsettled that it had begun.
 */
export function createDiscoveryEngine({ clock, openProbes }: DiscoveryEngineOptions): Engine {
  return {
    name: 'discovery',
    protocols: [],
    run: (request, signal) =>
      leavable(signal, async function* (either): AsyncGenerator<CompletedChunk, undefined> {
        const { plan, first, end, discovery: wanted } = request;
        if (wanted === undefined)
          throw new ScanoramaError('internal', 'A sweep was ordered without its methods.');
        const targets = plan.input.targets.slice(BigInt(first), BigInt(end));
        const probes = openProbes(wanted, targets.families);
        const discovery = { ...request, targets, clock, probes, openAddresses: OPEN_ADDRESSES };
        try {
          const cells = cellsOf(wanted, completeCells(discovery, either), { probes, signal: either });
          for await (const cell of cells) yield* chunksOf(cell, request, probes);
        } finally {
          probes.close();
        }
        return undefined;
      }),
  };
}

interface Discovering {
  readonly probes: DiscoveryProbes;
  readonly signal: AbortSignal;
}

/** Where names alone are wanted and nobody can be asked for them, that is no run that found none. */
function cellsOf(
  { methods, resolver }: DiscoveryOrder,
  cells: AsyncIterable<CompletedCell>,
  { probes, signal }: Discovering,
): AsyncIterable<CompletedCell> {
  if (methods.some((method) => method !== 'dns')) return cells;
  const missing = probes.methodStatuses.find(({ method }) => method === 'dns');
  if (missing !== undefined && 'missing' in missing)
    throw noNames(resolver, `${NAMES_LACK}${missing.missing}`);
  return cellsOfAnswering(resolver, cells, signal);
}

/** The cell, cut where a block ends: batches end there, and what is told of an address is stored with its position. */
function* chunksOf(
  cell: CompletedCell,
  { plan, first }: Pick<EngineRequest, 'plan' | 'first'>,
  { methodStatuses }: DiscoveryProbes,
): Generator<CompletedChunk> {
  const cellFirst = first + cell.first;
  for (let at = 0; at < cell.addresses.length; ) {
    const length = Math.min(cell.addresses.length, endOfBlock(plan, cellFirst + at) - cellFirst) - at;
    const addresses = cell.addresses.slice(at, at + length);
    // What is so of the whole cell is told once.
    const part = { ...cell, addresses, ...(at === 0 ? {} : { impostors: [], lacks: [] }) };
    const position = cellFirst + at;
    const columns = columnsOf(addresses, position, cell.completedAtMs);
    yield { ...columns, notes: [{ kind: 'discovery', position, events: eventsOf([part], methodStatuses) }] };
    at += length;
  }
}

function endOfBlock(plan: Plan, position: number): number {
  return plan.blockRange(plan.blockOf(position)).end;
}

function columnsOf(
  addresses: readonly CompletedAddress[],
  first: number,
  completedAtMs: number,
): CompletedChunk {
  const builder = new ChunkBuilder(addresses.length);
  for (const [at, completed] of addresses.entries()) {
    const { observation, sent } = completed;
    const isSeen = observation !== undefined && isAlive(observation);
    builder.add(first + at, codeOf(completed), {
      attempts: sent,
      observedAtMs: isSeen ? observation.observedAtMs : completedAtMs,
      roundTripMicroseconds: isSeen ? observation.roundTripMicroseconds : NO_ROUND_TRIP,
    });
  }
  return builder.take();
}

const UNRESPONSIVE = outcomeCode({ state: 'unknown', reason: 'no-response' });
const ANSWERED_FOR = outcomeCode({ state: 'unknown', reason: 'answers-all' });

function codeOf({ verdict, observation }: CompletedAddress): OutcomeCode {
  if (verdict === 'unresponsive') return UNRESPONSIVE;
  if (verdict === 'disbelieved') return ANSWERED_FOR;
  if (verdict === 'unprobed' || observation === undefined || observation.reason === NAME_ONLY) return SKIPPED;
  return outcomeCode({ state: 'unknown', reason: observation.reason });
}
