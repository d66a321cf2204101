import { formatAddress } from '#domain/addresses/address.js';
import { createPlan, type PlanInput } from '#domain/scans/plan.js';
import type { StoredBatch, StoredPort } from '#store/scans/scan-evidence.js';
import type { KnownTruth } from '#torture/known-truth.js';
import type { Listener } from '#torture/listeners.js';

/** Between the moment a listener is asked and the one at which this program hears of it, on a busy machine. */
const HEARING_MS = 150;
/** Of whoever claims a shard that nobody held before. */
const FIRST_TOKEN = 1;

export interface Evidence {
  readonly truth: KnownTruth;
  readonly listeners: readonly Listener[];
  /** Ports that other programs hold on every address; nothing is said of them. */
  readonly foreign: ReadonlySet<number>;
  readonly plan: PlanInput;
  readonly ports: readonly StoredPort[];
  readonly batches: readonly StoredBatch[];
}

export interface Judgement {
  /** One sentence each; empty when the promise was kept. */
  readonly faults: readonly string[];
  /** Listeners that were asked more than once, of all: what was in flight when the fault struck. */
  readonly probedAgain: number;
  readonly listeners: number;
  readonly batches: number;
}

/** Holds what is stored of one scan against what was there: nothing lost, invented, doubled, left out or begun anew. */
export function judge(evidence: Evidence): Judgement {
  const again = evidence.listeners.filter(({ probedAtMs }) => probedAtMs.length > 1);
  return {
    faults: [...portFaults(evidence), ...ledgerFaults(evidence), ...resumeFaults(evidence)],
    probedAgain: again.length,
    listeners: evidence.truth.listening.length,
    batches: evidence.batches.length,
  };
}

function portFaults({ truth, foreign, ports }: Evidence): string[] {
  const expected = new Set(truth.listening.map(nameOf));
  const stored = ports.filter((port) => expected.has(nameOf(port)) || !foreign.has(port.port));
  const found = new Set(stored.filter(({ state }) => state === 'open').map(nameOf));
  return [
    ...[...expected]
      .filter((name) => !found.has(name))
      .map((name) => `lost: ${name} listens and is not stored`),
    ...stored
      .filter((port) => !expected.has(nameOf(port)))
      .map((port) => `invented: ${nameOf(port)} is stored`),
    ...stored.filter(({ rows }) => rows > 1).map((port) => `twice: ${nameOf(port)} has ${port.rows} rows`),
  ];
}

function nameOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address}:${port}`;
}

/** Every position once, in order, and no batch by a holder whose lease another one had taken. */
function ledgerFaults({ truth, batches }: Evidence): string[] {
  const faults: string[] = [];
  const ends = new Map<number, { end: number; token: number }>();
  for (const { shardId, seq, first, end, token } of batches) {
    const before = ends.get(shardId) ?? { end: first, token };
    if (first !== before.end)
      faults.push(`gap: batch ${seq} begins at ${first}, and the one before ended at ${before.end}`);
    if (token < before.token)
      faults.push(`fencing: batch ${seq} was written under token ${token} after one under ${before.token}`);
    ends.set(shardId, { end, token });
  }
  const completed = batches.reduce((sum, { first, end }) => sum + end - first, 0);
  if (completed !== truth.positions)
    faults.push(`ledger: ${completed} of ${truth.positions} positions are accounted for`);
  return faults;
}

/**
 * What is committed is not asked again. A holder that lost its lease may still ask what its successor commits, so
 * only what the first holder of a shard committed can be judged: all its successors begin behind it.
 */
function resumeFaults({ listeners, plan, batches }: Evidence): string[] {
  const positions = positionsOf(plan, new Set(listeners.map(nameOf)));
  return listeners.flatMap((listener) => {
    const position = positions.get(nameOf(listener));
    const last = listener.probedAtMs.at(-1);
    if (position === undefined || last === undefined || listener.probedAtMs.length < 2) return [];
    const batch = batches.find(({ first, end }) => first <= position && position < end);
    if (batch?.token !== FIRST_TOKEN) return [];
    const lateMs = last - batch.recordedAt.getTime();
    if (lateMs <= HEARING_MS) return [];
    return [
      `begun anew: ${nameOf(listener)} was asked again ${Math.round(lateMs)} ms after its answer was committed`,
    ];
  });
}

function positionsOf(input: PlanInput, names: ReadonlySet<string>): ReadonlyMap<string, number> {
  const plan = createPlan(input);
  const positions = new Map<string, number>();
  for (let position = 0; position < plan.positions; position += 1) {
    const { address, port } = plan.locate(position);
    const name = nameOf({ address: formatAddress(address), port });
    if (names.has(name)) positions.set(name, position);
  }
  return positions;
}
