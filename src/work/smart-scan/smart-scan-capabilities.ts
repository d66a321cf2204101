import type { SmartScanStage, StageCapabilities } from '#domain/smart-scan/smart-scan.js';
import type { ProberSurvey } from '#scan/engine/prober.js';
import { siteNames } from '#store/sites/sites.js';
import type { WorkContext } from '#work/context/context.js';
import { nmapIsPrivileged } from '#work/shards/capabilities.js';
import { machinesOf } from '#work/shards/site-capabilities.js';

/** Sites whose machines are looked at; others are taken to have what this machine has. */
const MAX_SITES_QUERIED = 1_000;

/** The machines that would run the scans of each site. */
export interface SiteMachines {
  readonly all: readonly ProberSurvey[];
  readonly of: (site: string) => readonly ProberSurvey[];
}

/** As they are at this moment, of this site or of all. Not in a transaction: a process may have to be started. */
export async function readMachines(context: WorkContext, site?: string): Promise<SiteMachines> {
  const here = [await context.prober.survey()];
  const names = await siteNames(context.store.read, MAX_SITES_QUERIED);
  const sites = new Map<string, readonly ProberSurvey[]>();
  for (const name of names)
    if (site === undefined || name === site) sites.set(name, await machinesOf(context, name));
  return {
    all: sites.size === 0 ? here : [...sites.values()].flat(),
    of: (name) => sites.get(name) ?? here,
  };
}

/** What any of these machines can do of each stage, so that none is offered that could not succeed. */
export function capabilitiesOf(
  machines: readonly ProberSurvey[],
  resolver: string | undefined,
): StageCapabilities {
  const each = machines.map((survey) => capabilitiesOfOne(survey, resolver));
  return {
    missing: missingInAll(each),
    probesUdpServices: each.some((capabilities) => capabilities.probesUdpServices),
  };
}

/** What is missing wherever one looks, as the first one tells it. */
export function missingInAll(capabilities: readonly StageCapabilities[]): StageCapabilities['missing'] {
  const lackOf = (stage: SmartScanStage): string | null => {
    const lacks = capabilities.map(({ missing }) => missing[stage]);
    return lacks.includes(null) ? null : (lacks[0] ?? null);
  };
  return {
    refresh: lackOf('refresh'),
    port_expansion: lackOf('port_expansion'),
    service_scan: lackOf('service_scan'),
    os_detection: lackOf('os_detection'),
    identity: lackOf('identity'),
  };
}

function capabilitiesOfOne(survey: ProberSurvey, resolver: string | undefined): StageCapabilities {
  const { available, missing } = survey;
  const lackOf = (engine: 'nmap' | 'discovery'): string | null =>
    available.some(({ name }) => name === engine)
      ? null
      : (missing.find(({ name }) => name === engine)?.message ??
        `The engine ${engine} is not to be had here.`);
  const isPrivileged = nmapIsPrivileged(survey);
  return {
    missing: {
      refresh: null,
      port_expansion: null,
      service_scan: lackOf('nmap'),
      os_detection:
        lackOf('nmap') ??
        (isPrivileged ? null : 'nmap tells operating systems by raw packets, which it may not send here.'),
      identity:
        lackOf('discovery') ??
        (resolver === undefined
          ? 'Names need a resolver, and none is specified (`--resolver ADDRESS`, or `resolver` in the API).'
          : null),
    },
    probesUdpServices: isPrivileged,
  };
}
