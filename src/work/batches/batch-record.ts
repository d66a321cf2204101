import { formatAddress } from '#domain/addresses/address.js';
import type { FindingFact } from '#domain/enrichment/finding.js';
import { isListedObservation, type PortState, provesHost, type Reason } from '#domain/ports/port-state.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { Plan } from '#domain/scans/plan.js';
import type { DiscoveryWarning } from '#domain/scans/warning.js';
import type { ObservationBatch } from '#scan/results/batches.js';
import { NO_ROUND_TRIP, OUTCOMES, outcomeOf, unreachableOf } from '#scan/results/completed-chunk.js';
import type { UnresponsiveRange } from '#store/hosts/missed-hosts.js';
import type { CoveredPorts } from '#store/ports/coverage.js';
import { CoverageBuilder } from '#work/batches/coverage-builder.js';
import { EvidenceBuilder, type HostEvidence } from '#work/batches/evidence-builder.js';
import { UnprobedAddresses } from '#work/batches/unprobed-addresses.js';

/** One listed port, before its host has a row. */
export interface ListedPort {
  readonly address: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly state: PortState;
  readonly reason: Reason;
  readonly position: number;
  readonly observedAt: Date;
  readonly roundTripMicroseconds: number | null;
}

/** One value of a fact, before its host has an id. */
export interface FoundValue {
  readonly address: string;
  readonly fact: FindingFact;
  readonly protocol: Protocol | null;
  readonly port: number | null;
  readonly value: string;
  readonly reason: string | null;
  readonly observedAt: Date;
}

/**
 * A batch in the form in which it is stored. Every completed position is in exactly one of listed, covered or
 * skipped.
 */
export interface BatchRecord {
  readonly first: number;
  readonly end: number;
  readonly probesSent: number;
  readonly probesAnswered: number;
  readonly listed: readonly ListedPort[];
  readonly covered: readonly CoveredPorts[];
  readonly coveredPorts: number;
  readonly skipped: number;
  readonly evidence: readonly HostEvidence[];
  /** Services, names and the like. Those of an address without a host row are not stored. */
  readonly findings?: readonly FoundValue[] | undefined;
  /** Why the scan could not observe everything, in one sentence. */
  readonly partial?: string | undefined;
  /** Impostors, methods of host discovery that could not be used, and addresses that could not be probed. */
  readonly warnings?: readonly DiscoveryWarning[] | undefined;
  /** Addresses that did not respond, beside the positions. */
  readonly unresponsive?: readonly UnresponsiveRange[] | undefined;
  readonly observedFrom: Date;
  readonly observedTo: Date;
}

/** By outcome code: how a position with it is stored. */
const FATES = OUTCOMES.map((outcome) =>
  outcome === 'skipped'
    ? ('skipped' as const)
    : {
        isListed: isListedObservation(outcome.state, outcome.reason),
        isEvidence: provesHost(outcome.state, outcome.reason),
      },
);

/**
 * Sorts the completed positions of one block into the shapes that the store takes. Pure. It creates no object for a
 * position that is not listed: 1,000,000 positions, 5 % of them open, cost 0.25 s of CPU from chunk to record with
 * 4,000 ports a host (1.45 s with an object a position), and 0.5 s with 8 ports a host (2.8 s), half of it for the
 * 250,000 ranges.
 */
export function toRecord(batch: ObservationBatch, plan: Plan): BatchRecord {
  const { completed } = batch;
  const block = plan.blockOf(batch.first);
  const portCount = plan.ports.numbers.length;
  const addresses = new HostNames(plan, block);
  const listed: ListedPort[] = [];
  const coverage = new CoverageBuilder(plan.ports, completed.count);
  const evidence = new EvidenceBuilder(plan.hostsPerBlock);
  const probesHosts = plan.input.probes === 'hosts';
  const hosts: CoveredPorts[] = [];
  const unprobed = new UnprobedAddresses();
  let skipped = 0;
  for (let at = 0; at < completed.count; at += 1) {
    const code = completed.outcomes[at] ?? 0;
    const fate = FATES[code];
    if (fate === undefined || fate === 'skipped') {
      skipped += 1;
      const unreachable = unreachableOf(code);
      if (unreachable !== undefined) unprobed.add(unreachable, plan.locate(batch.first + at).address);
      continue;
    }
    const position = batch.first + at;
    const cell = plan.cellOf(position);
    const observedAtMs = completed.observedAtMs[at] ?? 0;
    if (fate.isEvidence) {
      const host = Math.floor(cell / portCount);
      const roundTripUs = completed.roundTripsMicroseconds[at] ?? NO_ROUND_TRIP;
      evidence.add(host, { position, code, observedAtMs, roundTripUs });
    }
    if (probesHosts) hosts.push(coveredHost(addresses.of(cell), code, observedAtMs));
    else if (fate.isListed) listed.push(listedPort({ plan, addresses, batch, at, cell }));
    else coverage.add(cell, code);
  }
  return {
    first: batch.first,
    end: batch.end,
    probesSent: batch.probesSent,
    probesAnswered: batch.probesAnswered,
    listed,
    covered: probesHosts ? hosts : coverage.rows((host) => addresses.of(host)),
    coveredPorts: probesHosts ? hosts.length : coverage.count,
    skipped,
    evidence: evidence.rows((host) => addresses.of(host)),
    warnings: unprobed.warnings,
    partial: unprobed.sentence,
    ...observedSpan(completed.observedAtMs),
  };
}

/** The result of probing a host itself, stored as its port 0. */
function coveredHost(address: string, code: number, observedAtMs: number): CoveredPorts {
  const outcome = outcomeOf(code);
  if (outcome === 'skipped') throw new RangeError('what was skipped covers nothing');
  const { state, reason } = outcome;
  return { address, protocol: 'host', state, reason, ports: '{[0,1)}', observedAt: new Date(observedAtMs) };
}

/** The addresses of one block as text, each formatted once. */
class HostNames {
  readonly #plan: Plan;
  readonly #block: number;
  readonly #names = new Map<number, string>();

  constructor(plan: Plan, block: number) {
    this.#plan = plan;
    this.#block = block;
  }

  of(host: number): string {
    const known = this.#names.get(host);
    if (known !== undefined) return known;
    const name = formatAddress(this.#plan.hostAt(this.#block, host));
    this.#names.set(host, name);
    return name;
  }
}

interface ListedPlace {
  readonly plan: Plan;
  readonly addresses: HostNames;
  readonly batch: ObservationBatch;
  readonly at: number;
  readonly cell: number;
}

function listedPort({ plan, addresses, batch, at, cell }: ListedPlace): ListedPort {
  const { numbers, tcpCount } = plan.ports;
  const host = Math.floor(cell / numbers.length);
  const portIndex = cell - host * numbers.length;
  const { completed } = batch;
  const outcome = OUTCOMES[completed.outcomes[at] ?? 0];
  if (outcome === undefined || outcome === 'skipped') throw new RangeError('what was skipped is not listed');
  const roundTripMicroseconds = completed.roundTripsMicroseconds[at] ?? NO_ROUND_TRIP;
  return {
    address: addresses.of(host),
    protocol: portIndex < tcpCount ? 'tcp' : 'udp',
    port: numbers[portIndex] ?? 0,
    state: outcome.state,
    reason: outcome.reason,
    position: batch.first + at,
    observedAt: new Date(completed.observedAtMs[at] ?? 0),
    roundTripMicroseconds: roundTripMicroseconds === NO_ROUND_TRIP ? null : roundTripMicroseconds,
  };
}

function observedSpan(observedAtMs: Float64Array): { observedFrom: Date; observedTo: Date } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const ms of observedAtMs) {
    from = Math.min(from, ms);
    to = Math.max(to, ms);
  }
  return { observedFrom: new Date(from), observedTo: new Date(to) };
}
