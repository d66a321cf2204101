import type { z } from 'zod';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { presentScan, presentScanHosts } from '#api/routes/scans/presenter.js';
import {
  MAX_WARNINGS,
  type Scan,
  type ScanList,
  type ScanResults,
  type scanFilterSchema,
  type scanListQuerySchema,
  type scanResultsQuerySchema,
} from '#contract/scans/scan.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Warning } from '#domain/scans/warning.js';
import type { Executor } from '#store/database/database.js';
import { inSnapshot } from '#store/database/snapshot.js';
import type { ScanFilter } from '#store/filter/scan-filter.js';
import { assertNamedThere } from '#store/filter/scan-filter-names.js';
import { statusChangesOf } from '#store/hosts/status-changes.js';
import { evidenceOfScan } from '#store/ports/port-evidence.js';
import { leftOutOf } from '#store/scans/excluded-positions.js';
import {
  countScanHosts,
  countScans,
  coverageOf,
  findScanView,
  listedPortsOf,
  listScanHosts,
  listScanViews,
} from '#store/scans/scan-views.js';
import { warningsOf } from '#store/scans/warnings.js';
import { waitingReasons } from '#work/scans/waiting-reason.js';

/** One scan; `not_found`. */
export async function readScan(executor: Executor, uid: string): Promise<Scan> {
  const scan = await findScan(executor, uid);
  if (scan === undefined)
    throw new ScanoramaError('not_found', `There is no scan with the id ${uid}.`, { at: uid });
  return scan;
}

/** One scan with its remarks; undefined when there is none. */
export async function findScan(executor: Executor, uid: string): Promise<Scan | undefined> {
  const view = await findScanView(executor, uid);
  if (view === undefined) return undefined;
  const waiting = (await waitingReasons(executor, [view])).get(uid);
  return presentScan(view, { warnings: await readWarnings(executor, uid), waiting });
}

/** Exclusions of which is counted what they kept a scan from asking, the first ones. */
const MAX_COUNTED_EXCLUSIONS = 20;

async function readWarnings(executor: Executor, uid: string): Promise<readonly Warning[]> {
  const warnings = await warningsOf(executor, uid, MAX_WARNINGS);
  const excluded = warnings.filter(({ kind }) => kind === 'excluded').map(({ subject }) => subject);
  const leftOut = await leftOutOf(executor, uid, excluded.slice(0, MAX_COUNTED_EXCLUSIONS));
  const reported = warnings.map((warning) =>
    warning.kind === 'excluded' ? { ...warning, leftOut: leftOut.get(warning.subject) } : warning,
  );
  return [...(await statusChangesOf(executor, uid)), ...reported];
}

export function readScans(
  executor: Executor,
  query: z.output<typeof scanListQuerySchema>,
  of: { readonly networkUid?: string; readonly hostUid?: string } = {},
): Promise<ScanList> {
  const { deleted, id_prefix: uidBeginning } = query;
  const filter = { ...toScanFilter(query), deleted, uidBeginning, ...of };
  return inSnapshot(executor, async (snapshot) => {
    await assertNamedThere(snapshot, filter);
    const views = await listScanViews(snapshot, filter, rowsOf(query));
    const reasons = await waitingReasons(snapshot, views);
    return presentPage(
      query,
      views.map((view) => presentScan(view, { waiting: reasons.get(view.uid) })),
      await countScans(snapshot, filter),
    );
  });
}

/** As the contract has it. */
export function toScanFilter(probed: z.output<typeof scanFilterSchema>): ScanFilter {
  const { kind, status, profile, tag, name, created_before: createdBefore, site } = probed;
  return {
    isDiscovery: kind === 'all' ? undefined : kind === 'discovery',
    status,
    profile,
    tag,
    name,
    site,
    createdBefore: createdBefore === undefined ? undefined : new Date(createdBefore),
  };
}

/**
 * What a scan has committed so far, a page of addresses at a time; `not_found`, and `beyond_retention` where what is asked
 * for was removed. Without its coverage the listed ports are told; `removed` of the scan says that the rest is missing.
 */
export async function readScanResults(
  executor: Executor,
  uid: string,
  query: z.output<typeof scanResultsQuerySchema>,
): Promise<ScanResults> {
  const filter = { scanUid: uid, includeUnresponsive: query.include_unresponsive };
  const wantsCoverage = query.all_states || query.include_unresponsive;
  const results = await inSnapshot(executor, async (snapshot) => {
    refuseRemoved(await readScan(snapshot, uid), wantsCoverage);
    const hosts = await listScanHosts(snapshot, filter, rowsOf(query));
    const hostIds = hosts.flatMap(({ hostId }) => (hostId === null ? [] : [hostId]));
    const ports = await listedPortsOf(snapshot, uid, hostIds);
    const coverage = await coverageOf(
      snapshot,
      uid,
      hosts.map(({ address }) => address),
    );
    const evidence = await evidenceOfScan(snapshot, uid, hostIds);
    const data = presentScanHosts(hosts, { ports, evidence, coverage, withRanges: query.all_states });
    return presentPage(query, data, await countScanHosts(snapshot, filter));
  });
  // A month that was dropped meanwhile is in no snapshot any more.
  refuseRemoved(await readScan(executor, uid), wantsCoverage);
  return results;
}

function refuseRemoved({ id: at, removed }: Scan, wantsCoverage: boolean): void {
  if (removed.includes('partition')) {
    throw new ScanoramaError(
      'beyond_retention',
      'The results of this scan are older than results are kept, and were removed.',
      { hint: 'The hosts it found keep their history; `scanorama settings list` shows what is kept.', at },
    );
  }
  if (removed.includes('coverage') && wantsCoverage) {
    throw new ScanoramaError(
      'beyond_retention',
      'Which ports of this scan were closed, filtered or silent is kept no longer.',
      { hint: 'Its open ports are: ask without all states and silent addresses.', at },
    );
  }
}
