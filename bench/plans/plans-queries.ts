import { readHost, readHosts } from '#api/routes/hosts/queries.js';
import { readScanResults, readScans } from '#api/routes/scans/queries.js';
import { hostListQuerySchema } from '#contract/hosts/host.js';
import { scanListQuerySchema, scanResultsQuerySchema } from '#contract/scans/scan.js';
import { findUsableKey } from '#store/access/access.js';
import type { Executor } from '#store/database/database.js';
import { verifyReferences } from '#store/database/references.js';
import { bindingsOf, connectedHosts, evidenceOf } from '#store/devices/device-component.js';
import { unreadScans } from '#store/devices/device-evidence.js';
import { hostsWithWork, siteWithWork } from '#store/devices/device-queue.js';
import { suggestionsOfDevice } from '#store/devices/device-suggestions.js';
import {
  addressesOfDevice,
  countDevices,
  evidenceOfDevice,
  listDevices,
} from '#store/devices/device-views.js';
import { findDevice } from '#store/devices/find-device.js';
import { findHosts, findPorts, findScans, findServices } from '#store/filter/search.js';
import { listHostHistory } from '#store/hosts/host-views.js';
import { pruneHistorySlice, scanWithOldCoverage } from '#store/retention/prune.js';
import { claimShard, runnableShards } from '#store/scans/scan-shards.js';
import { coverageOf } from '#store/scans/scan-views.js';
import { countRuns, listRuns, runsToEnd, startableRuns } from '#store/schedules/schedule-runs.js';
import { dueSchedules, listSchedules } from '#store/schedules/schedules.js';
import { attemptsAt } from '#store/smart-scan/attempts.js';
import { listCandidates } from '#store/smart-scan/smart-scan.js';
import { LINK_RULES } from '#work/devices/fold-devices.js';
import type { Samples } from './plans-data.ts';

export interface MainQuery {
  readonly name: string;
  /** Which part of the program runs it, and when. */
  readonly caller: string;
  run(executor: Executor, samples: Samples): Promise<unknown>;
}

const HISTORY_ROWS = 200;
const FIRST_PAGE = { limit: 50, offset: 0 };
const hosts = (executor: Executor, query: object) =>
  readHosts(executor, hostListQuerySchema.parse(query), Date.now());

/** As the product builds them: each runs the same function that the web app, the API or a worker calls. */
export const QUERIES: readonly MainQuery[] = [
  {
    name: 'A page of hosts by address',
    caller: '`hosts list` and the page of hosts, with open ports and the number of hosts',
    run: (executor) => hosts(executor, { page: 10 }),
  },
  {
    name: 'Hosts that are up, sorted by last seen',
    caller: 'the page of hosts, sorted and filtered',
    run: (executor) => hosts(executor, { status: 'up', sort_by: 'last_seen', sort_order: 'desc' }),
  },
  {
    name: 'Hosts on which a port is open',
    caller: '`hosts list --open-port 22`',
    run: (executor) => hosts(executor, { open_port: 22 }),
  },
  {
    name: 'Hosts that match a filter, by its most selective part',
    caller: '`hosts list --filter …`: an address range, a port, a service, a time, recent changes',
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
    name: 'The search over all data',
    caller:
      '`scanorama search` and the search of the web app: an address, a name, a hardware address, a port, a service',
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
    caller: '`hosts show` and the page of a host',
    run: (executor, { hostUid }) => readHost(executor, hostUid, { now: new Date() }),
  },
  {
    name: 'The history of a host',
    caller: 'the page of a host',
    run: (executor, { hostId }) =>
      listHostHistory(executor, { hostId, page: { limit: HISTORY_ROWS, offset: 0 } }),
  },
  {
    name: 'A page of scans',
    caller: '`scans list` and the page of scans, with progress and the number of scans',
    run: (executor) => readScans(executor, scanListQuerySchema.parse({})),
  },
  {
    name: 'A page of the results of a scan',
    caller: '`scans show` and the page of a scan',
    run: (executor, { scanUid }) => readScanResults(executor, scanUid, scanResultsQuerySchema.parse({})),
  },
  {
    name: 'The coverage of some addresses',
    caller: '`scans show --all-states`',
    run: (executor, { scanUid, addresses }) => coverageOf(executor, scanUid, addresses),
  },
  {
    name: 'The check of the references of a batch',
    caller: 'every stored batch',
    run: (executor, { scanId, hostIds }) => verifyReferences(executor, { jobIds: [scanId], hostIds }),
  },
  {
    name: 'A runnable shard, and its claim',
    caller: 'every worker, every two seconds',
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
    name: 'A page of devices',
    caller:
      '`devices list` and the page of devices, with the number of each kind, and a search by the start of an address',
    async run(executor) {
      await listDevices(executor, { page: FIRST_PAGE });
      await countDevices(executor, {});
      await listDevices(executor, { page: FIRST_PAGE, search: '198.18.7.' });
    },
  },
  {
    name: 'One device by an address or a MAC address, with its addresses',
    caller: '`devices show` and the page of a device',
    async run(executor, { addresses: [address = ''], macAddress }) {
      await findDevice(executor, { term: macAddress });
      const { id } = await findDevice(executor, { term: address });
      await addressesOfDevice(executor, id, FIRST_PAGE.limit);
      await evidenceOfDevice(executor, id, FIRST_PAGE.limit);
      await suggestionsOfDevice(executor, id, FIRST_PAGE.limit);
    },
  },
  {
    name: 'Devices to compute again, with all connected hosts',
    caller: 'maintenance, every 30 seconds and after each scan',
    async run(executor, { siteId }) {
      await unreadScans(executor, { except: [], limit: 10 });
      await siteWithWork(executor, []);
      const part = { siteId, hostIds: await hostsWithWork(executor, siteId, 200) };
      const connected = { siteId, hostIds: await connectedHosts(executor, part, LINK_RULES) };
      await evidenceOf(executor, connected, LINK_RULES);
      await bindingsOf(executor, connected.hostIds);
    },
  },
  {
    name: 'Due schedules, and runs to start',
    caller: 'every scheduler, every second',
    async run(executor) {
      await dueSchedules(executor, new Date(), 16);
      await startableRuns(executor, { now: new Date(), tasksToo: true }, 16);
      await runsToEnd(executor, 16);
    },
  },
  {
    name: 'Schedules, and the runs of one',
    caller: '`schedules list`, `schedules show` and the page of schedules',
    async run(executor, { scheduleId }) {
      await listSchedules(executor, {}, FIRST_PAGE);
      await listRuns(executor, scheduleId, FIRST_PAGE);
      await countRuns(executor, scheduleId, undefined);
    },
  },
  {
    name: 'Hosts with possibly missing facts',
    caller: '`smart-scan suggestions`, the page of smart scan, and scheduled smart scans: slice by slice',
    async run(executor, { hostId, hostIds }) {
      const now = new Date();
      const every = { matching: undefined, site: undefined, uids: undefined, now };
      await listCandidates(executor, {
        ...every,
        threshold: 60,
        staleBefore: now,
        after: hostId,
        limit: 500,
      });
      await attemptsAt(executor, hostIds);
    },
  },
  {
    name: 'An API key',
    caller: 'every request',
    run: (executor, { keyPrefix }) => findUsableKey(executor, keyPrefix),
  },
  {
    name: 'A slice of retention',
    caller: 'maintenance, if history or coverage is not kept forever',
    async run(executor, { horizon }) {
      await pruneHistorySlice(executor, horizon, 0);
      await scanWithOldCoverage(executor, horizon);
    },
  },
];
