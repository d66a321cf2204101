import { presentPortEvidence, provedBy } from '#api/routes/port-evidence.js';
import { presentCounts } from '#api/routes/scans/change-counts.js';
import { presentService } from '#api/routes/service.js';
import type { UsedProfileView } from '#contract/profiles/profile.js';
import type { PlanSize, Scan, ScanHost, ScanPlanView } from '#contract/scans/scan.js';
import { type Warning, warningText } from '#domain/scans/warning.js';
import type { PortEvidenceView } from '#store/ports/port-evidence.js';
import type { StoredProbing, UsedProfile } from '#store/scans/scan-jobs.js';
import type { CoverageView, ListedPortView, ScanHostView, ScanView } from '#store/scans/scan-views.js';
import type { ExcludedTargets } from '#work/exclusions/excluded-targets.js';
import type { PreparedScan, ScanInput } from '#work/scans/prepare-scan.js';

type ResolvedNames = readonly { readonly name: string; readonly addresses: readonly string[] }[];

interface ScanParts {
  /** Where they were looked up. */
  readonly warnings?: readonly Warning[];
  /** Why it waits; undefined for no such reason. */
  readonly waiting?: string | undefined;
}

export function presentScan(view: ScanView, { warnings, waiting }: ScanParts = {}): Scan {
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
    ...presentProbing(view),
    profile: presentProfileOf(view),
    schedule: view.scheduleName === null ? null : { id: view.scheduleUid, name: view.scheduleName },
    methods: view.discoveryMethods === null ? null : [...view.discoveryMethods],
    resolver: view.resolver,
    os_scan: view.osScan && { state: view.osScan, scan_id: view.osScanUid },
    found_by: view.foundByUid,
    network: view.network,
    outside_scope: view.outsideScope,
    tags: view.tags.map(({ name, color }) => ({ name, color })),
    waiting_reason: waiting ?? null,
    created_at: view.createdAt.toISOString(),
    started_at: view.startedAt?.toISOString() ?? null,
    completed_at: view.completedAt?.toISOString() ?? null,
    idle_seconds: view.idleSeconds,
    deleted_at: view.deletedAt?.toISOString() ?? null,
    deleted_by: view.deletedBy,
    progress: {
      percent: percentOf(view.completed, view.positions),
      positions: view.positions,
      completed: view.completed,
      skipped: view.skipped,
    },
    probes: { sent: view.probesSent, answered: view.probesAnswered },
    hosts_up: view.hostsUp,
    open_ports: view.listedPorts,
    ...presentStatistics(view),
    ...(view.changes === null ? {} : { changes: { against: view.baseUid, ...presentCounts(view.changes) } }),
    removed: [...view.removed],
    ...(warnings === undefined ? {} : { warnings: warnings.map(presentWarning) }),
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

function presentWarning(warning: Warning): NonNullable<Scan['warnings']>[number] {
  return { kind: warning.kind, subject: warning.subject, message: warningText(warning) };
}

/** With two decimals, rounded down: 100 is said only of what is whole. */
function percentOf(completed: number, positions: number): number {
  return Math.floor((completed / positions) * 10_000) / 100;
}

function presentProbing(probing: StoredProbing) {
  return {
    retries: probing.retries,
    timeout_ms: probing.timeoutMs,
    concurrency: probing.concurrency,
    timing: probing.timing,
    version_intensity: probing.versionIntensity,
    scripts: probing.scripts,
    os_detection: probing.osDetection,
    enrich: probing.enrich === null ? null : [...probing.enrich],
  };
}

function presentProfileOf(view: ScanView): UsedProfileView | null {
  const { profileName: name, profileUid, builtinProfile, profileOverrides: overrides } = view;
  if (name === null) return null;
  return {
    id: builtinProfile ?? profileUid,
    name,
    built_in: builtinProfile !== null,
    overrides: [...overrides],
  };
}

/** The profile of a plan; its id is its name where it is built in. */
function presentInput({ builtIn, uid, name, overrides }: UsedProfile): UsedProfileView {
  return { id: builtIn ?? uid, name, built_in: builtIn !== null, overrides: [...overrides] };
}

export function presentPlan(
  input: ScanInput,
  prepared: PreparedScan,
  excluded: ExcludedTargets,
): ScanPlanView {
  const { rate, profile = null } = input;
  return {
    ...presentSize(prepared, excluded),
    ports: prepared.ports.toString(),
    scan_type: input.scanType,
    rate: rate.unlimited ? 'max' : (rate.packetsPerSecond ?? null),
    per_host_rate: rate.packetsPerSecondPerHost ?? null,
    live_hosts: input.liveHosts,
    ...presentProbing(prepared.probing),
    profile: profile && presentInput(profile),
  };
}

export function presentSize(prepared: PreparedScan, excluded: ExcludedTargets): PlanSize {
  return {
    targets: [...prepared.targets.toTexts()],
    resolved: presentResolved(prepared.resolved),
    engine: prepared.engine,
    engine_note: prepared.engineNote,
    addresses: String(prepared.probed.size),
    excluded_addresses: String(excluded.total),
    excluded_by: excluded.levels.map(({ level, addresses }) => ({
      level,
      addresses: String(addresses),
    })),
    probes: prepared.probes,
    estimated_seconds: prepared.estimatedSeconds,
    limited_by: prepared.limitedBy && {
      by: prepared.limitedBy.by,
      packets_per_second: prepared.limitedBy.packetsPerSecond,
      hosts: prepared.limitedBy.hosts,
    },
    needs_confirmation: prepared.needsConfirmation,
    needs_scope_confirmation: prepared.needsScopeConfirmation,
  };
}

function presentResolved(resolved: ResolvedNames) {
  return resolved.map(({ name, addresses }) => ({ name, addresses: [...addresses] }));
}

/** What one scan stored about the hosts of a page. */
export interface ScanHostParts {
  readonly ports: readonly ListedPortView[];
  readonly evidence: readonly PortEvidenceView[];
  readonly coverage: readonly CoverageView[];
  /** Whether the ranges behind the counts are told. */
  readonly withRanges: boolean;
}

export function presentScanHosts(hosts: readonly ScanHostView[], parts: ScanHostParts): ScanHost[] {
  const portsOf = Map.groupBy(parts.ports, (port) => port.hostId);
  const evidenceOf = Map.groupBy(parts.evidence, (found) => found.hostId);
  const coverageOf = Map.groupBy(parts.coverage, (covered) => covered.address);
  return hosts.map((host) => presentScanHost(host, evidenceOf.get(host.hostId ?? 0)));

  function presentScanHost(host: ScanHostView, evidence: readonly PortEvidenceView[] = []): ScanHost {
    const ports = (host.hostId === null ? [] : (portsOf.get(host.hostId) ?? [])).map(presentPort);
    return {
      ip: host.address,
      host_id: host.hostUid,
      hostname: host.hostname,
      status: host.hostUid === null ? 'unknown' : 'up',
      reason: host.reason,
      ...(host.osFamily === null && host.osName === null
        ? {}
        : { os: { family: host.osFamily, name: host.osName } }),
      ports: ports.map(provedBy(evidence)),
      other_ports: (coverageOf.get(host.address) ?? []).map((covered) =>
        presentCoverage(covered, parts.withRanges),
      ),
      ...presentPortEvidence(evidence),
    };
  }
}

function presentPort({ port, protocol, state, reason, service }: ListedPortView): ScanHost['ports'][number] {
  return { port, protocol, state, reason, ...presentService(protocol, port, service) };
}

function presentCoverage(covered: CoverageView, withRanges: boolean): ScanHost['other_ports'][number] {
  const { protocol, state, reason, count, ports } = covered;
  return { protocol, state, reason, count, ...(withRanges ? { ports } : {}) };
}
