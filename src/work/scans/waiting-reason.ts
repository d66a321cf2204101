import type { ScanStatus } from '#domain/scans/scan-status.js';
import type { EngineName } from '#domain/scans/scan-type.js';
import type { Executor } from '#store/database/database.js';
import { type StalledScan, stalledScans } from '#store/scans/stalled-scans.js';
import { type SiteWorkers, workersOfSites } from '#store/sites/site-workers.js';
import { abilitiesOf, nmapIsPrivileged, readCapabilities } from '#work/shards/capabilities.js';

/** What of a scan decides for whom it waits. */
export interface WaitingScan {
  readonly uid: string;
  readonly site: string;
  readonly status: ScanStatus;
  readonly engine: EngineName;
  readonly liveHosts: boolean;
  readonly osDetection: boolean | null;
  /** As text; UDP ports are behind `U:`. */
  readonly ports: string;
}

/**
 * Why these scans wait, those that do and for no better reason than a worker that is not there; a sentence for each.
 * One that runs waits where nothing is heard of whoever runs it.
 */
export async function waitingReasons(
  executor: Executor,
  scans: readonly WaitingScan[],
): Promise<ReadonlyMap<string, string>> {
  const probed = scans.filter(({ engine }) => engine !== 'import');
  const running = probed.filter(({ status }) => status === 'running').map(({ uid }) => uid);
  const unresponsive = running.length === 0 ? [] : await stalledScans(executor, running);
  const noResponsesOf = (scan: WaitingScan) => unresponsive.find(({ uid }) => uid === scan.uid);
  const waiting = probed.filter((scan) => scan.status === 'pending' || noResponsesOf(scan) !== undefined);
  if (waiting.length === 0) return new Map();
  const sites = await workersOfSites(executor, [...new Set(waiting.map(({ site }) => site))]);
  return new Map(
    waiting.flatMap((scan) => {
      const workers = sites.find(({ site }) => site === scan.site);
      const noResponse = noResponsesOf(scan);
      if (workers === undefined) return [];
      const reason =
        noResponse === undefined
          ? whyWaits(scan, workers)
          : noResponseText(noResponse, whyWaits(scan, { ...workers, last: null }));
      return reason === undefined ? [] : [[scan.uid, reason] as const];
    }),
  );
}

function noResponseText({ receivedAt, heldUntil }: StalledScan, why: string | undefined): string {
  const received = `Nothing was heard since ${receivedAt.toISOString()} of who runs it.`;
  const free =
    heldUntil === null ? '' : ` Another worker may go on with it from ${heldUntil.toISOString()} on.`;
  const rest = why === undefined ? '' : ` ${why}`;
  return `${received}${free}${rest}`;
}

/** Undefined where a worker that is there can take it: then it waits for its turn. */
export function whyWaits(
  { engine, liveHosts, osDetection, ports }: Omit<WaitingScan, 'uid' | 'site' | 'status'>,
  { site, isOwned, alive, last }: SiteWorkers,
): string | undefined {
  if (alive.length === 0) {
    const received =
      last === null ? '' : ` The last one, ${last.name}, was heard of at ${last.heartbeatAt.toISOString()}.`;
    const remedy = isOwned ? `\`scanorama worker --site ${site} --database-url …\`` : '`scanorama serve`';
    return `No worker of the site ${site} is running; ${remedy} starts one.${received}`;
  }
  const taking = alive.filter(({ isDraining }) => !isDraining);
  if (taking.length === 0) {
    return alive.length === 1
      ? `The only worker of the site ${site}, ${alive[0]?.name ?? ''}, takes no work: it is drained.`
      : `None of the ${alive.length} workers of the site ${site} takes work: all are drained.`;
  }
  const surveys = taking.flatMap(({ capabilities }) => readCapabilities(capabilities) ?? []);
  const able = surveys.filter((survey) => abilitiesOf(survey).engines.includes(engine));
  if (able.length === 0) {
    const lack = surveys.flatMap(({ missing }) => missing).find(({ name }) => name === engine);
    return `No running worker of the site ${site} can scan with ${engine}.${lack === undefined ? '' : ` ${lack.message}`}`;
  }
  // As the claim asks it: nmap sends these by raw packets.
  const raw =
    engine !== 'nmap'
      ? []
      : [osDetection === true && 'tell systems', ports.includes('U:') && 'ask UDP ports'];
  const rawWork = raw.find((text) => text !== false);
  const chosen = rawWork === undefined ? able : able.filter(nmapIsPrivileged);
  if (chosen.length === 0)
    return `No running worker of the site ${site} can ${rawWork ?? ''} with nmap, which needs raw packets for that.`;
  if (liveHosts && !chosen.some(({ facts }) => facts.liveHosts))
    return `No running worker of the site ${site} can look which hosts are alive.`;
  return undefined;
}
