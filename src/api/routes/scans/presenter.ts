import { presentCounts } from '#api/routes/scans/diff.js';
import { presentService } from '#api/routes/service.js';
import type { Scan, ScanHost, ScanPlanView } from '#contract/scan.js';
import { type Remark, remarkText } from '#domain/remark.js';
import type { CoverageView, ListedPortView, ScanHostView, ScanView } from '#store/scan-views.js';
import type { ExcludedTargets } from '#work/excluded-targets.js';
import type { PreparedScan } from '#work/prepare-scan.js';

type ResolvedNames = readonly { readonly name: string; readonly addresses: readonly string[] }[];

/** With its remarks where they were looked up. */
export function presentScan(view: ScanView, remarks?: readonly Remark[]): Scan {
  return {
    id: view.uid,
    name: view.name,
    description: view.description,
    site: view.site,
    status: view.status,
    partial: view.partial,
    partial_reason: view.partial ? view.partialReason : null,
    error: view.errorCode === null ? null : { code: view.errorCode, message: view.errorMessage ?? '' },
    targets: [...view.targets],
    exclude: [...view.excluded],
    resolved: presentResolved(view.resolved),
    ports: view.ports,
    scan_type: view.scanType,
    engine: view.engine,
    engine_note: view.engineNote,
    rate: view.unlimited ? 'max' : view.packetsPerSecond,
    per_host_rate: view.packetsPerSecondPerHost,
    live_hosts: view.liveHosts,
    network: view.network,
    outside_scope: view.outsideScope,
    created_at: view.createdAt.toISOString(),
    started_at: view.startedAt?.toISOString() ?? null,
    completed_at: view.completedAt?.toISOString() ?? null,
    deleted_at: view.deletedAt?.toISOString() ?? null,
    progress: {
      percent: percentOf(view.settled, view.positions),
      positions: view.positions,
      settled: view.settled,
      skipped: view.skipped,
    },
    probes: { sent: view.probesSent, answered: view.probesAnswered },
    hosts_up: view.hostsUp,
    open_ports: view.listedPorts,
    ...presentStatistics(view),
    ...(view.changes === null ? {} : { changes: { against: view.baseUid, ...presentCounts(view.changes) } }),
    removed: [...view.removed],
    ...(remarks === undefined ? {} : { remarks: remarks.map(presentRemark) }),
  };
}

function presentStatistics(view: ScanView): Pick<Scan, 'statistics'> {
  const { coveredPorts, batches, durationMs, observedFrom, observedTo } = view;
  if (coveredPorts === null || batches === null || durationMs === null) return {};
  if (observedFrom === null || observedTo === null) return {};
  return {
    statistics: {
      hosts_up: view.hostsUp,
      open_ports: view.listedPorts,
      other_ports: coveredPorts,
      skipped: view.skipped,
      positions: view.positions,
      batches,
      probes: { sent: view.probesSent, answered: view.probesAnswered },
      duration_seconds: durationMs / 1_000,
      observed_from: observedFrom.toISOString(),
      observed_to: observedTo.toISOString(),
    },
  };
}

function presentRemark(remark: Remark): NonNullable<Scan['remarks']>[number] {
  return { kind: remark.kind, subject: remark.subject, message: remarkText(remark) };
}

/** With two decimals, rounded down: 100 is said only of what is whole. */
function percentOf(settled: number, positions: number): number {
  return Math.floor((settled / positions) * 10_000) / 100;
}

export function presentPlan(prepared: PreparedScan, excluded: ExcludedTargets): ScanPlanView {
  return {
    targets: [...prepared.targets.toWords()],
    resolved: presentResolved(prepared.resolved),
    ports: prepared.ports.toString(),
    engine: prepared.engine,
    engine_note: prepared.engineNote,
    addresses: String(prepared.targets.size),
    excluded_addresses: String(excluded.total),
    excluded_by: excluded.levels.map(({ level, addresses }) => ({
      level,
      addresses: String(addresses),
    })),
    probes: prepared.plan.positions,
    estimated_seconds: prepared.estimatedSeconds,
    needs_confirmation: prepared.needsConfirmation,
    asks_for_scope: prepared.asksForScope,
  };
}

function presentResolved(resolved: ResolvedNames) {
  return resolved.map(({ name, addresses }) => ({ name, addresses: [...addresses] }));
}

/** What one scan stored about the hosts of a page. */
export interface ScanHostParts {
  readonly ports: readonly ListedPortView[];
  readonly coverage: readonly CoverageView[];
  /** Whether the ranges behind the counts are told. */
  readonly withRanges: boolean;
}

export function presentScanHosts(hosts: readonly ScanHostView[], parts: ScanHostParts): ScanHost[] {
  const portsOf = Map.groupBy(parts.ports, (port) => port.hostId);
  const coverageOf = Map.groupBy(parts.coverage, (covered) => covered.address);
  return hosts.map((host) => ({
    ip: host.address,
    host_id: host.hostUid,
    hostname: host.hostname,
    status: host.hostUid === null ? 'unknown' : 'up',
    reason: host.reason,
    ports: (host.hostId === null ? [] : (portsOf.get(host.hostId) ?? [])).map(presentPort),
    other_ports: (coverageOf.get(host.address) ?? []).map((covered) =>
      presentCoverage(covered, parts.withRanges),
    ),
  }));
}

function presentPort({ port, protocol, state, reason, service }: ListedPortView): ScanHost['ports'][number] {
  return { port, protocol, state, reason, ...presentService(protocol, port, service) };
}

function presentCoverage(covered: CoverageView, withRanges: boolean): ScanHost['other_ports'][number] {
  const { protocol, state, reason, count, ports } = covered;
  return { protocol, state, reason, count, ...(withRanges ? { ports } : {}) };
}
