import { formatAddress } from '#domain/addresses/address.js';
import type { ReportedHost } from '#report/nmap/reported-host.js';
import type { BatchRecord, ListedPort } from '#work/batches/batch-record.js';
import { rangesToMultirange } from '#work/batches/coverage-builder.js';
import type { HostEvidence } from '#work/batches/evidence-builder.js';

/** Rows of one batch of an import; a batch ends after the host that reaches them. */
export const IMPORT_BATCH_ROWS = 16_384;

/** What a host takes of the positions of its import: its ports, or one for the question whether it is there. */
export function positionsOf(host: ReportedHost): number {
  return Math.max(1, host.listed.length + coveredPortsOf(host));
}

export function coveredPortsOf({ covered }: ReportedHost): number {
  return covered.reduce(
    (sum, { ranges }) => sum + ranges.reduce((ports, { first, last }) => ports + last - first + 1, 0),
    0,
  );
}

function rowsOf({ listed, covered, findings }: ReportedHost): number {
  return 1 + listed.length + covered.length + findings.length;
}

/**
 * Cuts a report into batches, always the same for the same report. A position is a port of a host, in the order of
 * the report; a host is never cut.
 */
export async function* reportBatches(
  hosts: AsyncIterable<ReportedHost>,
  maxRows: number,
): AsyncGenerator<BatchRecord, void, undefined> {
  let gathered: ReportedHost[] = [];
  let rows = 0;
  let first = 0;
  for await (const host of hosts) {
    gathered.push(host);
    rows += rowsOf(host);
    if (rows < maxRows) continue;
    const batch = toBatch(gathered, first);
    first = batch.end;
    gathered = [];
    rows = 0;
    yield batch;
  }
  if (gathered.length > 0) yield toBatch(gathered, first);
}

/** Nothing was sent for it: the report is somebody else's. */
function toBatch(hosts: readonly ReportedHost[], first: number): BatchRecord {
  const listed: ListedPort[] = [];
  const evidence = new Map<string, HostEvidence>();
  let position = first;
  for (const host of hosts) {
    const address = formatAddress(host.address);
    const observedAt = new Date(host.observedAtMs);
    if (host.evidence !== undefined)
      addEvidence(evidence, { address, reason: host.evidence, observedAt, position, firstSeen: observedAt });
    for (const [index, port] of host.listed.entries())
      listed.push({ ...port, address, position: position + index, observedAt, roundTripMicroseconds: null });
    position += positionsOf(host);
  }
  const times = hosts.map(({ observedAtMs }) => observedAtMs);
  const coveredPorts = hosts.reduce((sum, host) => sum + coveredPortsOf(host), 0);
  return {
    first,
    end: position,
    probesSent: 0,
    probesAnswered: 0,
    listed,
    covered: hosts.flatMap(coverageOf),
    coveredPorts,
    skipped: position - first - listed.length - coveredPorts,
    evidence: [...evidence.values()],
    findings: hosts.flatMap(findingsOf),
    observedFrom: new Date(times.reduce((least, ms) => Math.min(least, ms))),
    observedTo: new Date(times.reduce((most, ms) => Math.max(most, ms))),
  };
}

function addEvidence(evidence: Map<string, HostEvidence>, seen: HostEvidence): void {
  const known = evidence.get(seen.address);
  if (known === undefined) {
    evidence.set(seen.address, seen);
    return;
  }
  const newest = seen.observedAt >= known.observedAt ? seen : known;
  const firstSeen = seen.firstSeen < known.firstSeen ? seen.firstSeen : known.firstSeen;
  evidence.set(seen.address, { ...newest, firstSeen });
}

function coverageOf(host: ReportedHost) {
  const address = formatAddress(host.address);
  const observedAt = new Date(host.observedAtMs);
  return host.covered.map(({ ranges, ...state }) => ({
    ...state,
    address,
    observedAt,
    ports: rangesToMultirange(ranges),
  }));
}

function findingsOf(host: ReportedHost) {
  return host.findings.map(({ address, observedAtMs, ...found }) => ({
    ...found,
    address: formatAddress(address),
    observedAt: new Date(observedAtMs),
  }));
}
