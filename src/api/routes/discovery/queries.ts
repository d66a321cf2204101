import type { z } from 'zod';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { readScan } from '#api/routes/scans/queries.js';
import type { DiscoveryResults, discoveryResultsQuerySchema } from '#contract/discovery/discovery.js';
import type { Scan } from '#contract/scans/scan.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countDiscovered, type DiscoveredView, listDiscovered } from '#store/scans/discovery-views.js';

/** One discovery run; `not_found`, also for a scan of ports. */
export async function readDiscovery(executor: Executor, uid: string): Promise<Scan> {
  const scan = await readScan(executor, uid);
  if (scan.scan_type === 'discovery') return scan;
  throw new ScanoramaError('not_found', `The scan ${uid} is no discovery run.`, {
    hint: '`scanorama scans show` shows it.',
    at: uid,
  });
}

/** What a run has committed so far, a page of addresses at a time. */
export function readDiscoveryResults(
  executor: Executor,
  uid: string,
  query: z.output<typeof discoveryResultsQuerySchema>,
): Promise<DiscoveryResults> {
  return inSnapshot(executor, async (snapshot) => {
    await readDiscovery(snapshot, uid);
    const found = await listDiscovered(snapshot, uid, rowsOf(query));
    return presentPage(query, found.map(presentDiscovered), await countDiscovered(snapshot, uid));
  });
}

function presentDiscovered(view: DiscoveredView): DiscoveryResults['data'][number] {
  return {
    ip: view.address,
    host_id: view.hostUid,
    status: view.reason === null ? 'unknown' : 'up',
    reason: view.reason,
    round_trip_us: view.roundTripMicroseconds,
    mac: view.mac,
    hostname: view.name,
    observed_at: view.observedAt.toISOString(),
  };
}
