import { formatAddress } from '#domain/address.js';
import { isHostEvidence, isListed, type PortState, type Reason } from '#domain/port-state.js';
import type { Protocol } from '#domain/protocol.js';
import type { ObservationBatch } from '#scan/batches.js';
import type { Settled } from '#scan/engine.js';
import type { CoveredPorts } from '#store/coverage.js';

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

/** The first and the newest proof in a batch that an address is in use. */
export interface HostEvidence {
  readonly address: string;
  readonly reason: Reason;
  readonly observedAt: Date;
  readonly position: number;
  readonly firstSeen: Date;
}

/** A batch as it is stored: every settled position is in exactly one of listed, covered or skipped. */
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
  readonly observedFrom: Date;
  readonly observedTo: Date;
}

/** Sorts what settled into the shapes the store takes. Pure. */
export function toRecord(batch: ObservationBatch): BatchRecord {
  const listed: ListedPort[] = [];
  const coverage = new CoverageCollector();
  const evidence = new Map<string, HostEvidence>();
  let skipped = 0;
  for (const settled of batch.settled) {
    const { outcome, probe } = settled;
    if (outcome === 'skipped') {
      skipped += 1;
      continue;
    }
    const address = formatAddress(probe.address);
    if (isHostEvidence(outcome.reason)) addEvidence(evidence, address, settled, outcome.reason);
    if (isListed(outcome.state)) {
      listed.push({
        address,
        protocol: probe.protocol,
        port: probe.port,
        state: outcome.state,
        reason: outcome.reason,
        position: settled.position,
        observedAt: new Date(settled.observedAtMs),
        roundTripMicroseconds: outcome.roundTripMicroseconds ?? null,
      });
    } else {
      coverage.add(address, probe.protocol, outcome.state, outcome.reason, probe.port);
    }
  }
  const times = observedSpan(batch.settled);
  return {
    first: batch.first,
    end: batch.end,
    probesSent: batch.probesSent,
    probesAnswered: batch.probesAnswered,
    listed,
    covered: coverage.rows(),
    coveredPorts: coverage.count,
    skipped,
    evidence: [...evidence.values()],
    ...times,
  };
}

/** Newer than the other: by time, then by place in the plan. */
function addEvidence(
  evidence: Map<string, HostEvidence>,
  address: string,
  settled: Settled,
  reason: Reason,
): void {
  const observedAt = new Date(settled.observedAtMs);
  const known = evidence.get(address);
  const isNewer = known === undefined || observedAt >= known.observedAt;
  const firstSeen = known === undefined || observedAt < known.firstSeen ? observedAt : known.firstSeen;
  evidence.set(
    address,
    isNewer
      ? { address, reason, observedAt, position: settled.position, firstSeen }
      : { ...known, firstSeen },
  );
}

function observedSpan(settled: readonly Settled[]): { observedFrom: Date; observedTo: Date } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { observedAtMs } of settled) {
    from = Math.min(from, observedAtMs);
    to = Math.max(to, observedAtMs);
  }
  return { observedFrom: new Date(from), observedTo: new Date(to) };
}

/** Gathers single ports and gives them back as one multirange per address, protocol, state and reason. */
class CoverageCollector {
  readonly #groups = new Map<string, Omit<CoveredPorts, 'ports'> & { readonly numbers: number[] }>();
  count = 0;

  add(address: string, protocol: Protocol, state: PortState, reason: Reason, port: number): void {
    const key = `${address} ${protocol} ${state} ${reason}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { address, protocol, state, reason, numbers: [] };
      this.#groups.set(key, group);
    }
    group.numbers.push(port);
    this.count += 1;
  }

  rows(): readonly CoveredPorts[] {
    return [...this.#groups.values()].map(({ numbers, ...group }) => ({
      ...group,
      ports: toMultirange(numbers),
    }));
  }
}

/** `[22,24),[80,81)` in braces: PostgreSQL's half-open ranges of the given numbers. */
export function toMultirange(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const ranges: string[] = [];
  let first: number | undefined;
  let end = 0;
  for (const number of sorted) {
    if (first !== undefined && number <= end) {
      end = Math.max(end, number + 1);
      continue;
    }
    if (first !== undefined) ranges.push(`[${first},${end})`);
    first = number;
    end = number + 1;
  }
  if (first !== undefined) ranges.push(`[${first},${end})`);
  return `{${ranges.join(',')}}`;
}
