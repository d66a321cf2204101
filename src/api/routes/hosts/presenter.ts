import { presentPortEvidence, provedBy } from '#api/routes/port-evidence.js';
import { presentService } from '#api/routes/service.js';
import type {
  Host,
  HostChange,
  HostDetail,
  HostPort,
  ListedHost,
  NameCandidate,
} from '#contract/hosts/host.js';
import { foundBy, shownName } from '#domain/addresses/host-name.js';
import { isRandomizedMac } from '#domain/addresses/mac-kind.js';
import type { DeviceKind } from '#domain/devices/device.js';
import { MIN_TIMED_ANSWERS, SLOW_ROUND_TRIP_US } from '#domain/diff/round-trips.js';
import { findingText } from '#domain/enrichment/finding-text.js';
import type { Completeness } from '#domain/hosts/completeness.js';
import { isListed } from '#domain/ports/port-state.js';
import type { HostTag } from '#store/groups/annotations.js';
import type { FoundName } from '#store/hosts/host-names.js';
import type { HostTimeout } from '#store/hosts/host-timeouts.js';
import type { HostChangeView, HostPortView, HostView } from '#store/hosts/host-views.js';
import type { PortEvidenceView } from '#store/ports/port-evidence.js';

/** What is known of several hosts beside their rows. */
export interface HostsKnown {
  /** Of any of them. */
  readonly openPorts: readonly HostPortView[];
  /** By the id of the host. */
  readonly tags: ReadonlyMap<number, readonly HostTag[]>;
  readonly completeness: ReadonlyMap<number, Completeness>;
  /** Of any of them; undefined where nobody asks for it. */
  readonly evidence: readonly PortEvidenceView[] | undefined;
}

export function presentHosts(views: readonly HostView[], known: HostsKnown): ListedHost[] {
  const { openPorts, tags, completeness, evidence } = known;
  const portsOf = Map.groupBy(openPorts, (port) => port.hostId);
  const shownBy = evidence === undefined ? undefined : Map.groupBy(evidence, ({ hostId }) => hostId);
  return views.map((view) => ({
    ...presentHost(view, portsOf.get(view.id) ?? [], tags.get(view.id)),
    completeness_score: completeness.get(view.id)?.score ?? null,
    ...(shownBy === undefined ? {} : presentPortEvidence(shownBy.get(view.id))),
  }));
}

export interface HostCompleteness {
  readonly tags: readonly HostTag[] | undefined;
  readonly device: { readonly uid: string; readonly kind: DeviceKind } | undefined;
  readonly annotations: Pick<HostDetail, 'groups' | 'owner' | 'fields' | 'notes'>;
  readonly ports: readonly HostPortView[];
  readonly evidence: readonly PortEvidenceView[];
  readonly history: readonly HostChangeView[];
  readonly turns: readonly HostChangeView[];
  readonly timeouts: readonly HostTimeout[];
  readonly names: readonly FoundName[];
  /** Undefined of a past instant. */
  readonly completeness: Completeness | undefined;
  /** How far back the history is whole; null when all of it is there. */
  readonly horizon: Date | null;
}

export function presentHostDetail(view: HostView, known: HostCompleteness): HostDetail {
  const {
    ports,
    evidence,
    history,
    turns,
    timeouts,
    names,
    horizon,
    tags,
    annotations,
    device,
    completeness,
  } = known;
  const proved = provedBy(evidence);
  const host = presentHost(
    view,
    ports.filter(({ state }) => isListed(state)),
    tags,
  );
  return {
    ...host,
    open_ports: host.open_ports.map(proved),
    ...annotations,
    device: device === undefined ? null : { id: device.uid, kind: device.kind },
    completeness_score: completeness?.score ?? null,
    completeness: [...(completeness?.parts ?? [])],
    ports: ports.map((port) => proved(presentHostPort(port))),
    ...presentPortEvidence(evidence),
    name_candidates: presentNames(view, names),
    turns: turns.map(presentChange),
    timeouts: timeouts.map(({ probedAt, scanUid, couldReceive }) => ({
      probed_at: probedAt.toISOString(),
      scan_id: scanUid,
      could_receive: couldReceive,
    })),
    history: history.map(presentChange),
    history_since: presentHorizon(horizon),
  };
}

export function presentHorizon(horizon: Date | null): string | null {
  return horizon?.toISOString() ?? null;
}

function presentHost(
  view: HostView,
  openPorts: readonly HostPortView[],
  tags: readonly HostTag[] = [],
): Omit<Host, 'completeness_score'> {
  return {
    id: view.uid,
    ip: view.address,
    site: view.site,
    hostname: view.hostname,
    mac: view.mac,
    mac_randomized: view.mac !== null && isRandomizedMac(view.mac),
    vendor: view.vendor,
    ...presentStatus(view),
    ...presentName(view),
    os_family: view.osFamily,
    os_name: view.osName,
    first_seen: view.firstSeen.toISOString(),
    last_seen: view.lastSeen.toISOString(),
    changed_at: view.changedAt?.toISOString() ?? null,
    deleted_at: view.deletedAt?.toISOString() ?? null,
    deleted_by: view.deletedBy,
    open_ports: openPorts.map(presentHostPort),
    tags: tags.map(({ name, color }) => ({ name, color })),
  };
}

/** A host that is not up has its status for want of an answer, whatever it was last seen by. */
function presentStatus(view: HostView) {
  return {
    status: view.status,
    status_reason: view.status === 'up' ? view.statusReason : ('no-response' as const),
    status_since: view.statusSince.toISOString(),
    status_scan_id: view.statusScanUid,
    misses: view.misses,
    flapping: view.isFlapping,
    ignored: view.isIgnored,
    down_after_misses: view.downAfterMisses,
    gone_after_days: view.goneAfterDays,
    response_time: presentResponseTime(view),
  };
}

function presentResponseTime(view: HostView): Host['response_time'] {
  const { timedAnswers: count, minRoundTripUs, maxRoundTripUs, sumRoundTripUs } = view;
  if (minRoundTripUs === null || maxRoundTripUs === null || sumRoundTripUs === null) return null;
  const averageUs = sumRoundTripUs / count;
  const slow = count >= MIN_TIMED_ANSWERS && averageUs >= SLOW_ROUND_TRIP_US;
  return { count, min_us: minRoundTripUs, avg_us: averageUs, max_us: maxRoundTripUs, slow };
}

function presentName(view: HostView) {
  const { name, source } = shownName(view);
  return { display_name: name, display_name_source: source, custom_name: view.customName };
}

/** The one it is shown by first, then the newest. */
function presentNames(view: HostView, names: readonly FoundName[]): NameCandidate[] {
  const shown = shownName(view);
  const candidates = names
    .filter(({ name, isCustom }) => !isCustom || name === view.customName)
    .map(
      (found): NameCandidate => ({
        name: found.name,
        source: found.isCustom ? 'custom' : foundBy(found.reason),
        detail: found.reason,
        observed_at: found.observedAt.toISOString(),
        scan_id: found.scanUid,
        actor: found.actor,
      }),
    );
  const isShown = ({ name, source }: NameCandidate) => name === shown.name && source === shown.source;
  return [...candidates.filter((one) => isShown(one)), ...candidates.filter((one) => !isShown(one))];
}

function presentHostPort({
  port,
  protocol,
  state,
  reason,
  service,
  firstSeen,
  lastSeen,
  lastOpened,
}: HostPortView): HostPort {
  return {
    port,
    protocol,
    state,
    reason,
    ...presentService(protocol, port, service),
    first_seen: firstSeen.toISOString(),
    last_seen: lastSeen?.toISOString() ?? null,
    last_opened: lastOpened?.toISOString() ?? null,
  };
}

export function presentChange(change: HostChangeView): HostChange {
  return {
    fact: change.fact,
    protocol: change.protocol,
    port: change.port,
    old_value: findingText(change.fact, change.oldValue),
    new_value: findingText(change.fact, change.newValue),
    reason: change.reason,
    scan_id: change.scanUid,
    actor: change.actor,
    edit: change.editUid,
    observed_at: change.observedAt.toISOString(),
    recorded_at: change.recordedAt.toISOString(),
  };
}
