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
  readonly probed: string;
  run(executor: Executor, samples: Samples): Promise<unknown>;
}

const HISTORY_ROWS = 200;
const FIRST_PAGE = { limit: 50, offset: 0 };
const hosts = (executor: Executor, query: object) =>
  readHosts(executor, hostListQuerySchema.parse(query), Date.now());

/** As the product builds them: each runs the same function that the page, the API or a worker calls. */
export const QUERIES: readonly MainQuery[] = [
  {
    name: 'A page of hosts by address',
    probed: '`hosts list`, the page of hosts; with their open ports and how many hosts there are',
    run: (executor) => hosts(executor, { page: 10 }),
  },
  {
    name: 'Hosts that are up, the last seen first',
    probed: 'the page of hosts, sorted and filtered',
    run: (executor) => hosts(executor, { status: 'up', sort_by: 'last_seen', sort_order: 'desc' }),
  },
  {
    name: 'Hosts on which a port is open',
    probed: '`hosts list --open-port 22`',
    run: (executor) => hosts(executor, { open_port: 22 }),
  },
  {
    name: 'Hosts that match a filter, by what narrows it down',
    probed: '`hosts list --filter …`: an address range, a port, a service, a time, what changed lately',
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
    probed:
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
    probed: '`hosts show`, the page of a host',
    run: (executor, { hostUid }) => readHost(executor, hostUid, { now: new Date() }),
  },
  {
    name: 'The history of a host',
    probed: 'the page of a host',
    run: (executor, { hostId }) =>
      listHostHistory(executor, { hostId, page: { limit: HISTORY_ROWS, offset: 0 } }),
  },
  {
    name: 'A page of scans',
    probed: '`scans list`, the page of scans; with their progress and how many there are',
    run: (executor) => readScans(executor, scanListQuerySchema.parse({})),
  },
  {
    name: 'A page of what a scan saw',
    probed: '`scans show`, the page of a scan',
    run: (executor, { scanUid }) => readScanResults(executor, scanUid, scanResultsQuerySchema.parse({})),
  },
  {
    name: 'The coverage of some addresses',
    probed: '`scans show --all-states`',
    run: (executor, { scanUid, addresses }) => coverageOf(executor, scanUid, addresses),
  },
  {
    name: 'The proof that a batch names what exists',
    probed: 'every batch that is stored',
    run: (executor, { scanId, hostIds }) => verifyReferences(executor, { jobIds: [scanId], hostIds }),
  },
  {
    name: 'A shard that can be run, and its claim',
    probed: 'every worker, every two seconds',
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
    probed:
      '`devices list`, the page of devices; with how many there are of each kind; those whose address begins so',
    async run(executor) {
      await listDevices(executor, { page: FIRST_PAGE });
      await countDevices(executor, {});
      await listDevices(executor, { page: FIRST_PAGE, search: '198.18.7.' });
    },
  },
  {
    name: 'One device by an address or a MAC address, with what it held',
    probed: '`devices show`, the page of a device',
    async run(executor, { addresses: [address = ''], macAddress }) {
      await findDevice(executor, { term: macAddress });
      const { id } = await findDevice(executor, { term: address });
      await addressesOfDevice(executor, id, FIRST_PAGE.limit);
      await evidenceOfDevice(executor, id, FIRST_PAGE.limit);
      await suggestionsOfDevice(executor, id, FIRST_PAGE.limit);
    },
  },
  {
    name: 'Devices to compute again, with all that connects them',
    probed: 'every 30 seconds, and after each scan',
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
    name: 'Schedules that are due, and runs to begin',
    probed: 'every scheduler, every second',
    async run(executor) {
      await dueSchedules(executor, new Date(), 16);
      await startableRuns(executor, { now: new Date(), tasksToo: true }, 16);
      await runsToEnd(executor, 16);
    },
  },
  {
    name: 'Schedules, and the runs of one',
    probed: '`schedules list`, `schedules show`, the page of schedules',
    async run(executor, { scheduleId }) {
      await listSchedules(executor, {}, FIRST_PAGE);
      await listRuns(executor, scheduleId, FIRST_PAGE);
      await countRuns(executor, scheduleId, undefined);
    },
  },
  {
    name: 'Hosts of which something may be missing',
    probed: '`smart-scan suggestions`, the page of smart scan, a smart scan by schedule: slice by slice',
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
    probed: 'every request',
    run: (executor, { keyPrefix }) => findUsableKey(executor, keyPrefix),
  },
  {
    name: 'A slice of retention',
    probed: 'maintenance, where history or coverage is not kept for ever',
    async run(executor, { horizon }) {
      await pruneHistorySlice(executor, horizon, 0);
      await scanWithOldCoverage(executor, horizon);
    },
  },
];
