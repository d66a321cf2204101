import { type Address, parseAddress } from '#domain/addresses/address.js';
import type { PortRange } from '#domain/ports/port-set.js';
import { isHostEvidence, isListed, type PortState, type Reason } from '#domain/ports/port-state.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { findingsOf } from '#report/nmap/nmap-findings.js';
import { type PortsOfHost, type ProbedPorts, portsOfHost } from '#report/nmap/nmap-ports.js';
import type { NmapHost, NmapRun } from '#report/nmap/nmap-types.js';
import { reasonOf } from '#report/nmap/nmap-values.js';
import { mergeRanges } from '#report/nmap/port-ranges.js';
import type {
  NotTakenTally,
  ReportedHost,
  ReportedPort,
  ReportedRanges,
} from '#report/nmap/reported-host.js';

/** How far ahead of ours the clock of the machine that scanned may be. */
export const MAX_CLOCK_LEAD_MS = 3_600_000;

export interface RunFacts {
  readonly run: NmapRun;
  readonly probed: ProbedPorts;
  /** By our clock; what was seen later than this, and the lead that is granted, is not believed. */
  readonly nowMs: number;
}

/** Turns a host of a report into observations; undefined, and counted, when nothing of it can be taken. */
export function observationsOf(
  host: NmapHost,
  facts: RunFacts,
  tally: NotTakenTally,
): ReportedHost | undefined {
  const address = addressOf(host);
  if (address === undefined) {
    tally.add('no-address');
    return undefined;
  }
  const observedAtMs = host.startedAtMs ?? host.endedAtMs ?? facts.run.startedAtMs;
  if (observedAtMs === undefined || observedAtMs > facts.nowMs + MAX_CLOCK_LEAD_MS) {
    tally.add(observedAtMs === undefined ? 'no-time' : 'future-time');
    return undefined;
  }
  tally.add(
    'script-output',
    host.scripts.length + host.ports.reduce((sum, { scripts }) => sum + scripts.length, 0),
  );
  const ports = portsOfHost(host, facts.probed, tally);
  const evidence = evidenceOf(host, ports);
  const findings = findingsOf(host, { address, observedAtMs }, tally);
  if (evidence === undefined) tally.add('no-evidence', findings.length);
  return {
    address,
    observedAtMs,
    evidence,
    ...sorted(ports, evidence !== undefined),
    findings: evidence === undefined ? [] : findings,
  };
}

function addressOf({ addresses }: NmapHost): Address | undefined {
  return addresses
    .filter(({ type }) => type !== 'mac')
    .map(({ address }) => parseAddress(address))
    .find((address) => address !== undefined);
}

/**
 * Only a response of the host itself is evidence: `user-set` and `localhost-response` are not, even if nmap calls the
 * host up. An open port is evidence even if the report does not give a reason.
 */
function evidenceOf(
  { state, reason: value }: NmapHost,
  { single, together }: PortsOfHost,
): Reason | undefined {
  const reason = reasonOf(value);
  if (state === 'up' && isHostEvidence(reason)) return reason;
  const answers = [...single, ...together].map((port) => port.reason);
  return (
    answers.find((answer) => isHostEvidence(answer)) ?? single.find((port) => port.state === 'open')?.reason
  );
}

/** Into those that are stored one by one and those that are stored as ranges. */
function sorted(
  { single, together }: PortsOfHost,
  isProven: boolean,
): Pick<ReportedHost, 'listed' | 'covered'> {
  const isOneByOne = ({ state }: ReportedPort) => isListed(state) && isProven;
  const covered = new RangeGroups();
  for (const part of together) if (!(isListed(part.state) && isProven)) covered.add(part, part.ranges);
  for (const port of single)
    if (!isOneByOne(port)) covered.add(port, [{ first: port.port, last: port.port }]);
  const listedTogether = together
    .filter(({ state }) => isListed(state) && isProven)
    .flatMap(({ ranges, ...part }) => numbersIn(ranges).map((port) => ({ ...part, port })));
  return { listed: [...single.filter(isOneByOne), ...listedTogether], covered: covered.all() };
}

function numbersIn(ranges: readonly PortRange[]): readonly number[] {
  return ranges.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
}

interface RangeKey {
  readonly protocol: Protocol;
  readonly state: PortState;
  readonly reason: Reason;
}

class RangeGroups {
  readonly #groups = new Map<string, RangeKey & { readonly parts: PortRange[] }>();

  add({ protocol, state, reason }: RangeKey, ranges: readonly PortRange[]): void {
    if (ranges.length === 0) return;
    const key = `${protocol} ${state} ${reason}`;
    const group = this.#groups.get(key) ?? { protocol, state, reason, parts: [] };
    this.#groups.set(key, group);
    for (const range of ranges) group.parts.push(range);
  }

  all(): readonly ReportedRanges[] {
    return [...this.#groups.values()].map(({ parts, ...key }) => ({ ...key, ranges: mergeRanges(parts) }));
  }
}
