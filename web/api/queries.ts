import { keepPreviousData, queryOptions, skipToken } from '@tanstack/react-query';
import type { Client } from '#contract/api/client.js';
import type { Scan, ScanRequest } from '#contract/scans/scan.js';
import { isEnded } from '#domain/scans/scan-status.js';
import { MIN_SEARCH_CHARACTERS } from '#domain/text/search-limit.js';
import { type DeviceRequest, decide } from '../actions/hosts/device-decision.ts';
import { client } from './client.ts';
import { mayPass } from './failure.ts';
import { type PhasedResults, phaseOf } from './results-phase.ts';

type ScanListQuery = NonNullable<Parameters<Client['scans']>[0]>;
type ScanResultsQuery = NonNullable<Parameters<Client['scanResults']>[1]>;
type NetworkListQuery = NonNullable<Parameters<Client['networks']>[0]>;
type ProfileListQuery = NonNullable<Parameters<Client['profiles']>[0]>;
type ScheduleListQuery = NonNullable<Parameters<Client['schedules']>[0]>;
type ExclusionListQuery = NonNullable<Parameters<Client['exclusions']>[0]>;
type SiteListQuery = NonNullable<Parameters<Client['sites']>[0]>;
type ScanDiffQuery = NonNullable<Parameters<Client['scanDiff']>[1]>;
type DiscoveryListQuery = NonNullable<Parameters<Client['discoveries']>[0]>;
type DiscoveryResultsQuery = NonNullable<Parameters<Client['discoveryResults']>[1]>;
type TagListQuery = NonNullable<Parameters<Client['tags']>[0]>;
type GroupListQuery = NonNullable<Parameters<Client['groups']>[0]>;
type WorkerListQuery = NonNullable<Parameters<Client['workers']>[0]>;
type DeviceListQuery = NonNullable<Parameters<Client['devices']>[0]>;
type DeviceSuggestionQuery = NonNullable<Parameters<Client['deviceSuggestions']>[0]>;
type HostListQuery = NonNullable<Parameters<Client['hosts']>[0]>;

const SESSION_FRESH_MS = 5 * 60_000;
const POLL_WITHOUT_SOCKET_MS = 2_000;
/** A socket can die without saying so; running scans are asked for now and then all the same. */
const POLL_WITH_SOCKET_MS = 15_000;
const MAX_RETRIES = 2;
const SCHEDULE_RUNS_SHOWN = 20;

export const keys = {
  session: ['session'],
  scanLists: ['scan-lists'],
  scans: ['scan'],
  scan: (id: string) => ['scan', id],
  allScanResults: ['scan-results'],
  scanResults: (id: string) => ['scan-results', id],
  hostLists: ['host-lists'],
  hosts: ['host'],
  devices: ['device'],
  tagLists: ['tag-lists'],
  groups: ['group'],
  ownerLists: ['owner-lists'],
  fieldLists: ['field-lists'],
  networkLists: ['network-lists'],
  exclusionLists: ['exclusion-lists'],
  siteLists: ['site-lists'],
  profileLists: ['profile-lists'],
  settings: ['settings'],
  scheduleLists: ['schedule-lists'],
  scheduleRuns: ['schedule-runs'],
  workerLists: ['worker-lists'],
  smartScan: ['smart-scan'],
} as const;

export const retryWhenItMayPass = (failures: number, error: Error): boolean =>
  failures < MAX_RETRIES && mayPass(error);

function pollMs(running: boolean, socketIsUp: boolean): number | false {
  if (!running) return false;
  return socketIsUp ? POLL_WITH_SOCKET_MS : POLL_WITHOUT_SOCKET_MS;
}

export const sessionQuery = () =>
  queryOptions({ queryKey: keys.session, queryFn: () => client.session(), staleTime: SESSION_FRESH_MS });

export const planQuery = (request: ScanRequest | undefined) =>
  queryOptions({
    queryKey: ['plan', request],
    queryFn: request === undefined ? skipToken : () => client.planScan(request),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });

export const scansQuery = (query: ScanListQuery, socketIsUp: boolean) =>
  queryOptions({
    queryKey: [...keys.scanLists, query],
    queryFn: () => client.scans(query),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      pollMs(state.data?.data.some((scan) => !isEnded(scan.status)) ?? false, socketIsUp),
  });

/** Under the key of lists of scans, so that what is told of runs reaches them too. */
export const discoveriesQuery = (query: DiscoveryListQuery, socketIsUp: boolean) =>
  queryOptions({
    queryKey: [...keys.scanLists, 'discovery', query],
    queryFn: () => client.discoveries(query),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      pollMs(state.data?.data.some((run) => !isEnded(run.status)) ?? false, socketIsUp),
  });

/** Those that reached into a stored network. */
export const networkRunsQuery = (id: string, query: DiscoveryListQuery, socketIsUp: boolean) =>
  queryOptions({
    queryKey: [...keys.scanLists, 'network', id, query],
    queryFn: () => client.networkDiscoveries(id, query),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      pollMs(state.data?.data.some((run) => !isEnded(run.status)) ?? false, socketIsUp),
  });

/** As of scans, the end of a run is asked for anew. */
export const discoveryResultsQuery = (run: Scan, query: DiscoveryResultsQuery, socketIsUp: boolean) =>
  queryOptions({
    queryKey: [...keys.scanResults(run.id), phaseOf(run), 'discovery', query],
    queryFn: () => client.discoveryResults(run.id, query),
    placeholderData: keepPreviousData,
    refetchInterval: pollMs(!isEnded(run.status), socketIsUp),
  });

export const scanQuery = (id: string, socketIsUp: boolean) =>
  queryOptions({
    queryKey: keys.scan(id),
    queryFn: () => client.scan(id),
    refetchInterval: ({ state }) =>
      state.data !== undefined && awaitsOsScan(state.data)
        ? OS_SCAN_POLL_MS
        : pollMs(state.data !== undefined && !isEnded(state.data.status), socketIsUp),
  });

/** Nothing is announced of a discovery whose scan for systems begins, which is a moment after its end. */
const OS_SCAN_POLL_MS = 1_000;
const awaitsOsScan = ({ status, os_scan }: Scan): boolean =>
  status === 'completed' && os_scan?.state === 'requested';

/** The end of a scan is asked for anew: what came before it is no answer to how it ended. */
export const scanResultsQuery = (scan: Scan, query: ScanResultsQuery, socketIsUp: boolean) => {
  const phase = phaseOf(scan);
  return queryOptions({
    queryKey: [...keys.scanResults(scan.id), phase, query],
    queryFn: async (): Promise<PhasedResults> => ({
      phase,
      results: await client.scanResults(scan.id, query),
    }),
    placeholderData: keepPreviousData,
    refetchInterval: pollMs(!isEnded(scan.status), socketIsUp),
  });
};

/** Of two scans that are over: it never changes, unless this one is resumed and comes to another end. */
export const scanDiffQuery = (scan: Scan, query: ScanDiffQuery) =>
  queryOptions({
    queryKey: ['scan-diff', scan.id, phaseOf(scan), query],
    queryFn: () => client.scanDiff(scan.id, query),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const hostsQuery = (query: HostListQuery) =>
  queryOptions({
    queryKey: [...keys.hostLists, query],
    queryFn: () => client.hosts(query),
    placeholderData: keepPreviousData,
  });

export const hostQuery = (id: string) =>
  queryOptions({ queryKey: [...keys.hosts, id], queryFn: () => client.host(id) });

export const devicesQuery = (query: DeviceListQuery) =>
  queryOptions({
    queryKey: [...keys.devices, 'list', query],
    queryFn: () => client.devices(query),
    placeholderData: keepPreviousData,
  });

export const deviceQuery = (id: string) =>
  queryOptions({ queryKey: [...keys.devices, id], queryFn: () => client.device(id) });

export const deviceSuggestionsQuery = (query: DeviceSuggestionQuery) =>
  queryOptions({
    queryKey: [...keys.devices, 'suggestions', query],
    queryFn: () => client.deviceSuggestions(query),
    placeholderData: keepPreviousData,
  });

/** What a decision would come to, as long as somebody looks at it. */
export const deviceTrialQuery = (input: DeviceRequest) =>
  queryOptions({
    queryKey: ['device-trial', input],
    queryFn: () => decide(client, input, true),
    retry: false,
    gcTime: 0,
  });

/** What a look at all hosts takes on a large installation is not spent at every batch of a scan. */
const SUGGESTIONS_INTERVAL_MS = 15_000;

export const smartScanQuery = () =>
  queryOptions({
    queryKey: keys.smartScan,
    queryFn: () => client.smartScanSuggestions(),
    refetchInterval: SUGGESTIONS_INTERVAL_MS,
  });

/** Under the key of the host, so that it is asked for anew with it. */
export const hostStageQuery = (id: string) =>
  queryOptions({ queryKey: [...keys.hosts, id, 'stage'], queryFn: () => client.smartScanStage(id) });

/** Of a text that is long enough to be searched for. */
export const searchQuery = (text: string) =>
  queryOptions({
    queryKey: ['search', text],
    queryFn:
      text.length < MIN_SEARCH_CHARACTERS ? skipToken : ({ signal }) => client.search({ q: text }, signal),
    retry: false,
    gcTime: 0,
  });

/** What the forms offer: tags and owners beyond these can be typed. */
const NAMES_OFFERED = 1_000;

export const tagsQuery = () =>
  queryOptions({ queryKey: keys.tagLists, queryFn: () => client.tags({ page_size: NAMES_OFFERED }) });

export const tagPageQuery = (query: TagListQuery) =>
  queryOptions({
    queryKey: [...keys.tagLists, query],
    queryFn: () => client.tags(query),
    placeholderData: keepPreviousData,
  });

export const ownersQuery = () =>
  queryOptions({ queryKey: keys.ownerLists, queryFn: () => client.owners({ page_size: NAMES_OFFERED }) });

export const fieldsQuery = () => queryOptions({ queryKey: keys.fieldLists, queryFn: () => client.fields() });

export const groupsQuery = (query: GroupListQuery) =>
  queryOptions({
    queryKey: [...keys.groups, 'list', query],
    queryFn: () => client.groups(query),
    placeholderData: keepPreviousData,
  });

export const groupQuery = (id: string) =>
  queryOptions({ queryKey: [...keys.groups, id], queryFn: () => client.group(id) });

/** Under the key of lists of hosts, so that what is told of hosts reaches it too. */
export const groupHostsQuery = (id: string, query: HostListQuery) =>
  queryOptions({
    queryKey: [...keys.hostLists, 'group', id, query],
    queryFn: () => client.groupHosts(id, query),
    placeholderData: keepPreviousData,
  });

export const networksQuery = (query: NetworkListQuery) =>
  queryOptions({
    queryKey: [...keys.networkLists, query],
    queryFn: () => client.networks(query),
    placeholderData: keepPreviousData,
  });

export const networkQuery = (id: string) =>
  queryOptions({ queryKey: [...keys.networkLists, id], queryFn: () => client.network(id) });

export const networkStatsQuery = (id: string) =>
  queryOptions({ queryKey: [...keys.networkLists, id, 'stats'], queryFn: () => client.networkStats(id) });

export const exclusionsQuery = (query: ExclusionListQuery) =>
  queryOptions({
    queryKey: [...keys.exclusionLists, query],
    queryFn: () => client.exclusions(query),
    placeholderData: keepPreviousData,
  });

export const sitesQuery = (query: SiteListQuery) =>
  queryOptions({ queryKey: [...keys.siteLists, query], queryFn: () => client.sites(query) });

export const siteQuery = (id: string) =>
  queryOptions({ queryKey: [...keys.siteLists, id], queryFn: () => client.site(id) });

export const profilesQuery = (query: ProfileListQuery) =>
  queryOptions({
    queryKey: [...keys.profileLists, query],
    queryFn: () => client.profiles(query),
    placeholderData: keepPreviousData,
  });

export const settingsQuery = () =>
  queryOptions({ queryKey: keys.settings, queryFn: () => client.settings() });

/** Heartbeats announce nothing, so the list is asked for now and then. */
export const workersQuery = (query: WorkerListQuery, socketIsUp: boolean) =>
  queryOptions({
    queryKey: [...keys.workerLists, query],
    queryFn: () => client.workers(query),
    placeholderData: keepPreviousData,
    refetchInterval: pollMs(true, socketIsUp),
  });

/** Asked for when somebody looks. */
export const profileStatsQuery = (id: string, isViewed: boolean) =>
  queryOptions({
    queryKey: ['profile-stats', id],
    queryFn: isViewed ? () => client.profileStats(id) : skipToken,
  });

export const schedulesQuery = (query: ScheduleListQuery, socketIsUp: boolean) =>
  queryOptions({
    queryKey: [...keys.scheduleLists, query],
    queryFn: () => client.schedules(query),
    placeholderData: keepPreviousData,
    refetchInterval: pollMs(true, socketIsUp),
  });

/** Asked for when somebody looks. */
export const scheduleRunsQuery = (id: string, isViewed: boolean) =>
  queryOptions({
    queryKey: [...keys.scheduleRuns, id],
    queryFn: isViewed ? () => client.scheduleRuns(id, { page_size: SCHEDULE_RUNS_SHOWN }) : skipToken,
  });

/** When what is typed would be due. */
export const duesQuery = (time: { readonly cron: string; readonly timezone: string } | undefined) =>
  queryOptions({
    queryKey: ['dues', time],
    queryFn: time === undefined ? skipToken : () => client.previewSchedule(time),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
