import { ENRICHER_NAMES, ENRICHER_PORTS } from '#domain/enrichment/enricher.js';
import { COMPLETENESS_FRESH_MS } from '#domain/hosts/completeness.js';
import { PortSet } from '#domain/ports/port-set.js';
import { isListed } from '#domain/ports/port-state.js';
import { DEFAULT_PORTS, parsePorts } from '#domain/ports/ports.js';
import { isPrintPort } from '#domain/ports/print-ports.js';
import {
  CAREFUL_PROFILE,
  type FittingProfile,
  fittingProfile,
  USUAL_PROFILE,
} from '#domain/profiles/profile-fit.js';
import type { SettingChanges } from '#domain/scans/scan-settings.js';
import { type StageBatch, type StageTask, unionOf } from '#domain/smart-scan/batch.js';
import type { SmartScanStage } from '#domain/smart-scan/smart-scan.js';
import type { Executor } from '#store/database/database.js';
import { type HostPortView, portsOf } from '#store/hosts/host-views.js';
import { fleetPorts } from '#store/smart-scan/smart-scan.js';
import type { DecidedHost, SmartScanRules } from '#work/smart-scan/plan-smart-scan.js';
import { usableProfiles } from '#work/smart-scan/smart-scan-profiles.js';

/** Ports that many hosts here have open are looked for beside the usual ones. */
const MAX_FLEET_PORTS = 100;
/** Beside the known ports: a closed one, without which nmap tells no system, and others by which a host shows itself. */
const COMPANY_PORTS = 'top-20';

export interface TaskOrder {
  readonly hosts: readonly { readonly decided: DecidedHost; readonly stage: SmartScanStage }[];
  readonly rules: SmartScanRules;
}

/** What each host is to be asked, by which profile. */
export async function tasksFor(
  executor: Executor,
  order: TaskOrder,
): Promise<readonly StageTask<DecidedHost>[]> {
  const ids = order.hosts.map(({ decided }) => decided.host.id);
  const ports = Map.groupBy(await portsOf(executor, ids, { openOnly: true }), ({ hostId }) => hostId);
  const places = await placesOf(executor, order);
  const usual = await usualPorts(executor);
  return order.hosts.map(({ decided, stage }) => {
    const { site, id } = decided.host;
    const place = places.get(site);
    if (place === undefined) throw new Error(`the machines of the site ${site} were not asked`);
    const open = (ports.get(id) ?? []).filter(({ state }) => isListed(state));
    const probed = requestedOf({ decided, stage }, { ...place, open, usual, nowMs: order.rules.nowMs });
    return { host: decided, site, stage, ...probed };
  });
}

/** What the machines of a site can be used for. */
interface Place {
  readonly profiles: readonly FittingProfile[];
  readonly probesUdpServices: boolean;
  readonly probesNames: boolean;
}

async function placesOf(
  executor: Executor,
  { hosts, rules }: TaskOrder,
): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  for (const site of new Set(hosts.map(({ decided }) => decided.host.site))) {
    const profiles = await usableProfiles(executor, rules.machines.of(site));
    const { probesUdpServices, missing } = rules.capabilitiesAt(site);
    places.set(site, { profiles, probesUdpServices, probesNames: missing.identity === null });
  }
  return places;
}

interface Surroundings extends Place {
  readonly open: readonly HostPortView[];
  readonly usual: PortSet;
  readonly nowMs: number;
}

function requestedOf(
  { decided, stage }: TaskOrder['hosts'][number],
  { open, profiles, usual, probesUdpServices, probesNames, nowMs }: Surroundings,
): Pick<StageTask<DecidedHost>, 'profile' | 'ports'> {
  switch (stage) {
    case 'identity':
      return { profile: null, ports: probesNames ? null : setOf(open.filter(mayShowKey)) };
    case 'port_expansion': {
      const fit = fittingProfile(decided.host, profiles);
      if (fit === undefined) return { profile: null, ports: usual };
      const { isBuiltIn, name, term: text } = fit.profile;
      return { profile: text, ports: isBuiltIn && name === USUAL_PROFILE ? usual : null };
    }
    case 'service_scan': {
      const since = nowMs - COMPLETENESS_FRESH_MS;
      const unnamed = open.filter(
        ({ service, protocol, port, lastSeen }) =>
          service === null &&
          !(protocol === 'tcp' && isPrintPort(port)) &&
          lastSeen !== null &&
          lastSeen.getTime() >= since &&
          (protocol === 'tcp' || probesUdpServices),
      );
      return { profile: null, ports: setOf(unnamed) };
    }
    default: {
      const tcp = open.filter(({ protocol, port }) => protocol === 'tcp' && !isPrintPort(port));
      const careful = decided.host.isFragile
        ? profiles.find(({ isBuiltIn, name }) => isBuiltIn && name === CAREFUL_PROFILE)
        : undefined;
      return {
        profile: careful?.term ?? null,
        ports: unionOf([setOf(tcp), parsePorts(COMPANY_PORTS)]),
      };
    }
  }
}

function mayShowKey({ protocol, port }: HostPortView): boolean {
  return protocol === 'tcp' && Object.values(ENRICHER_PORTS).some((ports) => ports.includes(port));
}

function setOf(ports: readonly Pick<HostPortView, 'protocol' | 'port'>[]): PortSet {
  const ranges = (wanted: HostPortView['protocol']) =>
    ports
      // A report may tell of port 0, which no scan asks.
      .filter(({ protocol, port }) => protocol === wanted && port > 0)
      .map(({ port }) => ({ first: port, last: port }));
  return PortSet.of({ tcp: ranges('tcp'), udp: ranges('udp') });
}

/** The usual ports, and those that are open on other hosts here. */
async function usualPorts(executor: Executor): Promise<PortSet> {
  const here = await fleetPorts(executor, MAX_FLEET_PORTS);
  const fleet = here.map((port) => ({ protocol: 'tcp' as const, port }));
  return unionOf([parsePorts(DEFAULT_PORTS), setOf(fleet)]);
}

/** What a scan of a batch says beside its profile. A discovery, which asks no ports, says nothing of the kind. */
export function settingsOf({ stage, ports }: Pick<StageBatch<unknown>, 'stage' | 'ports'>): SettingChanges {
  const probed = ports === null ? {} : { ports: ports.toString() };
  switch (stage) {
    case 'identity':
      return ports === null ? {} : { scanType: 'connect', enrich: ENRICHER_NAMES, ...probed };
    case 'service_scan':
      return { scanType: 'version', ...probed };
    case 'os_detection':
      // The versions are the business of another stage.
      return { scanType: 'version', osDetection: true, versionIntensity: 0, ...probed };
    default:
      return probed;
  }
}
