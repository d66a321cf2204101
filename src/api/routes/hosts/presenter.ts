import { presentService, presentServiceText } from '#api/routes/service.js';
import type { Host, HostChange, HostDetail, HostPort } from '#contract/host.js';
import { isListed } from '#domain/port-state.js';
import type { HostTag } from '#store/annotations.js';
import type { HostChangeView, HostPortView, HostView } from '#store/host-views.js';

/** `openPorts` may be those of many hosts; `tags` are by the id of the host. */
export function presentHosts(
  views: readonly HostView[],
  openPorts: readonly HostPortView[],
  tags: ReadonlyMap<number, readonly HostTag[]>,
): Host[] {
  const portsOf = Map.groupBy(openPorts, (port) => port.hostId);
  return views.map((view) => presentHost(view, portsOf.get(view.id) ?? [], tags.get(view.id)));
}

export interface HostKnowledge {
  readonly tags: readonly HostTag[] | undefined;
  readonly annotations: Pick<HostDetail, 'groups' | 'owner' | 'fields' | 'notes'>;
  readonly ports: readonly HostPortView[];
  readonly history: readonly HostChangeView[];
  /** How far back the history is whole; null when all of it is there. */
  readonly horizon: Date | null;
}

export function presentHostDetail(
  view: HostView,
  { ports, history, horizon, tags, annotations }: HostKnowledge,
): HostDetail {
  return {
    ...presentHost(
      view,
      ports.filter(({ state }) => isListed(state)),
      tags,
    ),
    ...annotations,
    ports: ports.map(presentHostPort),
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
): Host {
  return {
    id: view.uid,
    ip: view.address,
    site: view.site,
    hostname: view.hostname,
    mac: view.mac,
    vendor: view.vendor,
    status: view.status,
    status_reason: view.statusReason,
    os_family: view.osFamily,
    os_name: view.osName,
    first_seen: view.firstSeen.toISOString(),
    last_seen: view.lastSeen.toISOString(),
    deleted_at: view.deletedAt?.toISOString() ?? null,
    deleted_by: view.deletedBy,
    open_ports: openPorts.map(presentHostPort),
    tags: tags.map(({ name, colour }) => ({ name, colour })),
  };
}

function presentHostPort({
  port,
  protocol,
  state,
  reason,
  service,
  firstSeen,
  lastSeen,
}: HostPortView): HostPort {
  return {
    port,
    protocol,
    state,
    reason,
    ...presentService(protocol, port, service),
    first_seen: firstSeen.toISOString(),
    last_seen: lastSeen.toISOString(),
  };
}

export function presentChange(change: HostChangeView): HostChange {
  return {
    fact: change.fact,
    protocol: change.protocol,
    port: change.port,
    old_value: presentValue(change, change.oldValue),
    new_value: presentValue(change, change.newValue),
    reason: change.reason,
    scan_id: change.scanUid,
    actor: change.actor,
    observed_at: change.observedAt.toISOString(),
    recorded_at: change.recordedAt.toISOString(),
  };
}

function presentValue({ fact }: HostChangeView, value: string | null): string | null {
  return fact === 'service' ? presentServiceText(value) : value;
}
