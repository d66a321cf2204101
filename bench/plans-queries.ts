import { readHost, readHosts } from '#api/routes/hosts/queries.js';
import { readScanResults, readScans } from '#api/routes/scans/queries.js';
import { hostListQuerySchema } from '#contract/host.js';
import { scanListQuerySchema, scanResultsQuerySchema } from '#contract/scan.js';
import { findUsableKey } from '#store/access.js';
import type { Executor } from '#store/database.js';
import { listHostHistory } from '#store/host-views.js';
import { pruneHistorySlice, scanWithOldCoverage } from '#store/prune.js';
import { verifyReferences } from '#store/references.js';
import { claimShard, runnableShards } from '#store/scan-shards.js';
import { coverageOf } from '#store/scan-views.js';
import { findHosts, findPorts, findScans, findServices } from '#store/search.js';
import type { Samples } from './plans-data.ts';

export interface MainQuery {
  readonly name: string;
  /** Who asks it, and when. */
  readonly asked: string;
  run(executor: Executor, samples: Samples): Promise<unknown>;
}

const HISTORY_ROWS = 200;
const hosts = (executor: Executor, query: object) =>
  readHosts(executor, hostListQuerySchema.parse(query), Date.now());

/** As the product builds them: each runs the very function that the page, the API or a worker calls. */
export const QUERIES: readonly MainQuery[] = [
  {
    name: 'A page of hosts by address',
    asked: '`hosts list`, the page of hosts; with their open ports and how many hosts there are',
    run: (executor) => hosts(executor, { page: 10 }),
  },
  {
    name: 'Hosts that are up, the last seen first',
    asked: 'the page of hosts, sorted and filtered',
    run: (executor) => hosts(executor, { status: 'up', sort_by: 'last_seen', sort_order: 'desc' }),
  },
  {
    name: 'Hosts on which a port is open',
    asked: '`hosts list --open-port 22`',
    run: (executor) => hosts(executor, { open_port: 22 }),
  },
  {
    name: 'Hosts that match a filter, by what narrows it down',
    asked: '`hosts list --filter …`: an address range, a port, a service, a time, what changed lately',
    async run(executor) {
      for (const filter of [
        'address:198.18.7.0/24 and not port:22',
        'port:443 and status:gone',
        'service:ssh',
        'last_seen<2h',
        'changed<12h',
      ])
        await hosts(executor, { filter });
    },
  },
  {
    name: 'The search over everything',
    asked:
      '`scanorama search`, the palette of the page; an address, a name, a hardware address, a port, a service',
    async run(executor) {
      for (const text of ['198.18.7.1', 'host-4711', '00:53:00:00', '443', 'htt']) {
        const search = { text, limit: 5 };
        await findHosts(executor, search);
        await findPorts(executor, search);
        await findServices(executor, search);
        await findScans(executor, search);
      }
    },
  },
  {
    name: 'One host with its ports',
    asked: '`hosts show`, the page of a host',
    run: (executor, { hostUid }) => readHost(executor, hostUid, { now: new Date() }),
  },
  {
    name: 'The history of a host',
    asked: 'the page of a host',
    run: (executor, { hostId }) =>
      listHostHistory(executor, { hostId, page: { limit: HISTORY_ROWS, offset: 0 } }),
  },
  {
    name: 'A page of scans',
    asked: '`scans list`, the page of scans; with their progress and how many there are',
    run: (executor) => readScans(executor, scanListQuerySchema.parse({})),
  },
  {
    name: 'A page of what a scan saw',
    asked: '`scans show`, the page of a scan',
    run: (executor, { scanUid }) => readScanResults(executor, scanUid, scanResultsQuerySchema.parse({})),
  },
  {
    name: 'The coverage of some addresses',
    asked: '`scans show --all-states`',
    run: (executor, { scanUid, addresses }) => coverageOf(executor, scanUid, addresses),
  },
  {
    name: 'The proof that a batch names what exists',
    asked: 'every batch that is stored',
    run: (executor, { scanId, hostIds }) => verifyReferences(executor, { jobIds: [scanId], hostIds }),
  },
  {
    name: 'A shard that can be run, and its claim',
    asked: 'every worker, every two seconds',
    async run(executor, { shardId }) {
      await runnableShards(
        executor,
        { only: undefined, limit: 16 },
        { owner: 'bench', perScan: 4, siteId: null, abilities: null },
      );
      await claimShard(executor, { shardId, owner: 'bench', leaseMs: 1 });
    },
  },
  {
    name: 'An API key',
    asked: 'every request',
    run: (executor, { keyPrefix }) => findUsableKey(executor, keyPrefix),
  },
  {
    name: 'A slice of retention',
    asked: 'maintenance, where history or coverage is not kept for ever',
    async run(executor, { horizon }) {
      await pruneHistorySlice(executor, horizon, 0);
      await scanWithOldCoverage(executor, horizon);
    },
  },
];
