import { z } from 'zod';
import {
  type ApiKeyRequest,
  apiKeyListSchema,
  newApiKeySchema,
  signInLinkSchema,
} from '#contract/access/api-key.js';
import { type SignIn, sessionSchema } from '#contract/access/session.js';
import { annotationCalls } from '#contract/api/annotation-calls.js';
import { bulkCalls } from '#contract/api/bulk-calls.js';
import { errorBodySchema } from '#contract/api/error.js';
import type { pageQuerySchema } from '#contract/api/pagination.js';
import {
  type ApiResponse,
  type Call,
  type ListQuery,
  methodsOver,
  type Transport,
} from '#contract/api/request.js';
import { ROUTES } from '#contract/api/routes.js';
import { deviceCalls } from '#contract/devices/device-calls.js';
import {
  type DiscoveryRequest,
  type discoveryListQuerySchema,
  discoveryPlanSchema,
  type discoveryResultsQuerySchema,
  discoveryResultsSchema,
  localNetworkListSchema,
  type NetworkDiscoveryRequest,
} from '#contract/discovery/discovery.js';
import {
  type asOfQuerySchema,
  changedHostSchema,
  type HostChangeRequest,
  hostDetailSchema,
  type hostHistoryQuerySchema,
  hostHistorySchema,
  type hostListQuerySchema,
  hostListSchema,
  hostSchema,
  restoredHostSchema,
} from '#contract/hosts/host.js';
import { type SearchQuery, searchResultsSchema } from '#contract/hosts/search.js';
import {
  type ExclusionRequest,
  type exclusionListQuerySchema,
  exclusionListSchema,
  exclusionSchema,
} from '#contract/networks/exclusion.js';
import {
  changedNetworkSchema,
  type NetworkChange,
  type NetworkRequest,
  type networkListQuerySchema,
  networkListSchema,
  networkSchema,
  networkStatsSchema,
} from '#contract/networks/network.js';
import {
  changedSiteSchema,
  type SiteChange,
  type SiteRequest,
  type siteListQuerySchema,
  siteListSchema,
  siteSchema,
} from '#contract/networks/site.js';
import {
  type ProfileChange,
  type ProfileClone,
  type ProfileRequest,
  type profileListQuerySchema,
  profileListSchema,
  profileSchema,
  profileStatsSchema,
} from '#contract/profiles/profile.js';
import { type scanDiffQuerySchema, scanDiffSchema } from '#contract/scans/diff.js';
import { type importQuerySchema, importResultSchema, REPORT_TYPES } from '#contract/scans/import.js';
import {
  restoredScanSchema,
  type ScanRequest,
  type scanListQuerySchema,
  scanListSchema,
  scanPlanSchema,
  type scanResultsQuerySchema,
  scanResultsSchema,
  scanSchema,
} from '#contract/scans/scan.js';
import { scheduleCalls } from '#contract/schedules/schedule-calls.js';
import {
  hostStageSchema,
  profileRecommendationsSchema,
  smartScanOutcomeSchema,
  type smartScanQuerySchema,
  smartScanSuggestionsSchema,
  type stageQuerySchema,
  type TriggerBatchRequest,
  type TriggerRequest,
  triggerOutcomeSchema,
} from '#contract/schedules/smart-scan.js';
import { doctorReportSchema } from '#contract/workers/doctor.js';
import { healthSchema, integrityReportSchema, integrityStatusSchema } from '#contract/workers/health.js';
import {
  retentionPreviewListSchema,
  type SettingChanges,
  settingListSchema,
} from '#contract/workers/setting.js';
import {
  drainedWorkerSchema,
  type workerListQuerySchema,
  workerListSchema,
  workerSchema,
} from '#contract/workers/worker.js';
import { type ErrorCode, isErrorCode, ScanoramaError } from '#domain/errors/error.js';

/** The one client of the API: CLI and web speak nothing else. Failures are thrown as `ScanoramaError`. */
export function createClient(transport: Transport) {
  const nothing: z.ZodType = z.unknown();
  const call: Call = async (answer, request) => {
    const response = await transport(request);
    if (response.status >= 400) throw errorFrom(response);
    // What is expected and is not even JSON comes from another program.
    if (response.body === undefined && answer !== nothing) throw notScanorama(response);
    return answer.parse(response.body);
  };
  const { get, post, put, patch, remove } = methodsOver(call);
  const removeAt = async (path: string) => void (await remove(nothing, path));

  return {
    session: () => get(sessionSchema, ROUTES.session),
    signIn: (body: SignIn) => post(sessionSchema, ROUTES.signIn, body),
    signOut: async () => void (await post(nothing, ROUTES.signOut)),
    createSignInLink: () => post(signInLinkSchema, ROUTES.signInLinks),

    health: () => get(healthSchema, ROUTES.health),
    integrity: () => get(integrityStatusSchema, ROUTES.integrity),
    verify: (signal?: AbortSignal) =>
      call(integrityReportSchema, { method: 'POST', path: ROUTES.integrity, body: {}, signal }),

    doctor: () => get(doctorReportSchema, ROUTES.doctor),

    planScan: (body: ScanRequest) => post(scanPlanSchema, ROUTES.scanPlan, body),
    startScan: (body: ScanRequest) => post(scanSchema, ROUTES.scans, body),
    scans: (query: ListQuery<typeof scanListQuerySchema> = {}) =>
      get(scanListSchema, ROUTES.scans, { query }),
    scan: (id: string) => get(scanSchema, ROUTES.scan(id)),
    scanResults: (id: string, query: ListQuery<typeof scanResultsQuerySchema> = {}) =>
      get(scanResultsSchema, ROUTES.scanResults(id), { query }),
    scanDiff: (id: string, query: ListQuery<typeof scanDiffQuerySchema> = {}) =>
      get(scanDiffSchema, ROUTES.scanDiff(id), { query }),
    stopScan: (id: string) => post(scanSchema, ROUTES.stopScan(id)),
    resumeScan: (id: string) => post(scanSchema, ROUTES.resumeScan(id)),
    deleteScan: (id: string) => remove(scanSchema, ROUTES.scan(id)),
    restoreScan: (id: string) => post(restoredScanSchema, ROUTES.restoreScan(id)),
    purgeScan: async (id: string) => void (await post(nothing, ROUTES.purgeScan(id))),

    localNetworks: () => get(localNetworkListSchema, ROUTES.localNetworks),
    planDiscovery: (body: DiscoveryRequest) => post(discoveryPlanSchema, ROUTES.discoveryPlan, body),
    startDiscovery: (body: DiscoveryRequest) => post(scanSchema, ROUTES.discovery, body),
    discoverNetwork: (id: string, body: NetworkDiscoveryRequest = {}) =>
      post(scanSchema, ROUTES.discoverNetwork(id), body),
    discoveries: (query: ListQuery<typeof discoveryListQuerySchema> = {}) =>
      get(scanListSchema, ROUTES.discovery, { query }),
    networkDiscoveries: (id: string, query: ListQuery<typeof discoveryListQuerySchema> = {}) =>
      get(scanListSchema, ROUTES.networkDiscovery(id), { query }),
    discoveryResults: (id: string, query: ListQuery<typeof discoveryResultsQuerySchema> = {}) =>
      get(discoveryResultsSchema, ROUTES.discoveryResults(id), { query }),

    hosts: (query: ListQuery<typeof hostListQuerySchema> = {}) =>
      get(hostListSchema, ROUTES.hosts, { query }),
    host: (id: string, query: ListQuery<typeof asOfQuerySchema> = {}) =>
      get(hostDetailSchema, ROUTES.host(id), { query }),
    hostHistory: (id: string, query: ListQuery<typeof hostHistoryQuerySchema> = {}) =>
      get(hostHistorySchema, ROUTES.hostHistory(id), { query }),
    hostScans: (id: string, query: ListQuery<typeof scanListQuerySchema> = {}) =>
      get(scanListSchema, ROUTES.hostScans(id), { query }),
    changeHost: (id: string, body: HostChangeRequest) => patch(changedHostSchema, ROUTES.host(id), body),
    deleteHost: (id: string) => remove(hostSchema, ROUTES.host(id)),
    restoreHost: (id: string) => post(restoredHostSchema, ROUTES.restoreHost(id)),
    purgeHost: async (id: string) => void (await post(nothing, ROUTES.purgeHost(id))),

    search: (query: SearchQuery, signal?: AbortSignal) =>
      get(searchResultsSchema, ROUTES.search, { query: { ...query }, signal }),

    settings: () => get(settingListSchema, ROUTES.settings),
    changeSettings: (body: SettingChanges) => put(settingListSchema, ROUTES.settings, body),
    previewRetention: (signal?: AbortSignal) => get(retentionPreviewListSchema, ROUTES.retention, { signal }),

    importReport: (chunks: AsyncIterable<Uint8Array>, { signal, ...query }: ImportOptions = {}) =>
      call(importResultSchema, {
        method: 'POST',
        path: ROUTES.imports,
        query,
        stream: { type: REPORT_TYPES[0], chunks },
        signal,
      }),

    apiKeys: () => get(apiKeyListSchema, ROUTES.apiKeys),
    createApiKey: (body: ApiKeyRequest) => post(newApiKeySchema, ROUTES.apiKeys, body),
    revokeApiKey: (id: string) => removeAt(`${ROUTES.apiKeys}/${encodeURIComponent(id)}`),

    profiles: (query: ListQuery<typeof profileListQuerySchema> = {}) =>
      get(profileListSchema, ROUTES.profiles, { query }),
    profile: (id: string) => get(profileSchema, ROUTES.profile(id)),
    profileStats: (id: string) => get(profileStatsSchema, ROUTES.profileStats(id)),
    createProfile: (body: ProfileRequest) => post(profileSchema, ROUTES.profiles, body),
    cloneProfile: (id: string, body: ProfileClone) => post(profileSchema, ROUTES.cloneProfile(id), body),
    changeProfile: (id: string, body: ProfileChange) => put(profileSchema, ROUTES.profile(id), body),
    removeProfile: (id: string) => removeAt(ROUTES.profile(id)),

    sites: (query: ListQuery<typeof siteListQuerySchema> = {}) =>
      get(siteListSchema, ROUTES.sites, { query }),
    site: (name: string) => get(siteSchema, ROUTES.site(name)),
    createSite: (body: SiteRequest) => post(siteSchema, ROUTES.sites, body),
    changeSite: (name: string, body: SiteChange) => patch(changedSiteSchema, ROUTES.site(name), body),
    removeSite: (name: string) => removeAt(ROUTES.site(name)),

    workers: (query: ListQuery<typeof workerListQuerySchema> = {}) =>
      get(workerListSchema, ROUTES.workers, { query }),
    worker: (id: string) => get(workerSchema, ROUTES.worker(id)),
    drainWorker: (id: string) => post(drainedWorkerSchema, ROUTES.drainWorker(id)),
    resumeWorker: (id: string) => post(workerSchema, ROUTES.resumeWorker(id)),
    removeWorker: (id: string) => removeAt(ROUTES.worker(id)),

    networks: (query: ListQuery<typeof networkListQuerySchema> = {}) =>
      get(networkListSchema, ROUTES.networks, { query }),
    network: (id: string) => get(networkSchema, ROUTES.network(id)),
    networkStats: (id: string) => get(networkStatsSchema, ROUTES.networkStats(id)),
    networkExclusions: (id: string, query: ListQuery<typeof pageQuerySchema> = {}) =>
      get(exclusionListSchema, ROUTES.networkExclusions(id), { query }),
    createNetwork: (body: NetworkRequest) => post(networkSchema, ROUTES.networks, body),
    changeNetwork: (id: string, body: NetworkChange) => patch(changedNetworkSchema, ROUTES.network(id), body),
    removeNetwork: (id: string) => removeAt(ROUTES.network(id)),

    exclusions: (query: ListQuery<typeof exclusionListQuerySchema> = {}) =>
      get(exclusionListSchema, ROUTES.exclusions, { query }),
    exclude: (body: ExclusionRequest) => post(exclusionSchema, ROUTES.exclusions, body),
    removeExclusion: (id: string) => removeAt(ROUTES.exclusion(id)),

    smartScanSuggestions: (query: ListQuery<typeof smartScanQuerySchema> = {}) =>
      get(smartScanSuggestionsSchema, ROUTES.smartScanSuggestions, { query }),
    profileRecommendations: () => get(profileRecommendationsSchema, ROUTES.smartScanProfiles),
    smartScanStage: (id: string, query: ListQuery<typeof stageQuerySchema> = {}) =>
      get(hostStageSchema, ROUTES.smartScanStage(id), { query }),
    triggerSmartScan: (id: string, body: TriggerRequest = {}) =>
      post(triggerOutcomeSchema, ROUTES.triggerSmartScan(id), body),
    triggerSmartScans: (body: TriggerBatchRequest = {}) =>
      post(smartScanOutcomeSchema, ROUTES.triggerSmartScans, body),

    ...annotationCalls(call),
    ...scheduleCalls(call),
    removeSchedule: (id: string) => removeAt(ROUTES.schedule(id)),
    ...deviceCalls(call),
    ...bulkCalls(call),
  };
}
export type ImportOptions = z.input<typeof importQuerySchema> & { readonly signal?: AbortSignal };
export type Client = ReturnType<typeof createClient>;

function errorFrom(response: ApiResponse): ScanoramaError {
  const body = errorBodySchema.safeParse(response.body);
  if (!body.success) return notScanorama(response);
  const { error, message, hint, at, details } = body.data;
  const code: ErrorCode = isErrorCode(error) ? error : 'internal';
  return new ScanoramaError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined ? {} : { at }),
    ...(details === undefined ? {} : { facts: details }),
  });
}

/** Every answer of ours is JSON of a known shape: this one is another server's, or of a proxy on the way. */
function notScanorama({ status, from }: ApiResponse): ScanoramaError {
  const who =
    from === undefined ? 'What answered is no Scanorama server' : `There is no Scanorama at ${from}`;
  return new ScanoramaError(
    'server_unreachable',
    `${who}: the answer, with status ${status}, is not one of its own.`,
    {
      hint: 'Check the address and the port, and that no proxy answers in its place.',
      ...(from === undefined ? {} : { at: from }),
    },
  );
}
