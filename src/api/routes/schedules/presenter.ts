import { presentSettingChanges } from '#api/routes/setting-changes.js';
import type { Dues, Schedule, ScheduleRun } from '#contract/schedules/schedule.js';
import { type CronTime, nextDues } from '#domain/schedules/cron.js';
import type { DiscoveryWhat, ScanWhat, SmartScanWhat } from '#domain/schedules/schedule.js';
import { localText } from '#domain/schedules/timezone.js';
import {
  DEFAULT_MAX_STALENESS_HOURS,
  DEFAULT_THRESHOLD,
  DEFAULT_TRIGGER_HOSTS,
} from '#domain/smart-scan/smart-scan.js';
import type { RunView } from '#store/schedules/schedule-runs.js';
import type { ScheduleView } from '#store/schedules/schedules.js';

export function presentSchedule(view: ScheduleView): Schedule {
  const { uid, name, description, kind, site, cron, zone, enabled, failures, revision } = view;
  return {
    id: uid,
    name,
    description,
    kind,
    site,
    cron,
    zone,
    scan: view.kind === 'scan' ? presentScanWhat(view.what, view.profileName) : null,
    discovery: view.kind === 'discovery' ? presentDiscoveryWhat(view.what) : null,
    smart_scan: view.kind === 'smart_scan' ? presentSmartScanWhat(view.what) : null,
    enabled,
    stopped_reason: view.stoppedReason,
    jitter_seconds: view.jitterMs / 1_000,
    catch_up: view.catchUp,
    overlap: view.overlap,
    max_failures: view.maxFailures,
    retries: view.retries,
    retry_delay_seconds: view.retryDelayMs / 1_000,
    failures,
    revision,
    next_due_at: view.nextDueAt?.toISOString() ?? null,
    last_run: presentLastRun(view),
    created_by: view.createdBy,
    created_at: view.createdAt.toISOString(),
    updated_by: view.updatedBy,
    updated_at: view.updatedAt.toISOString(),
  };
}

function presentLastRun(view: ScheduleView): Schedule['last_run'] {
  const { lastState: state, lastDueAt, lastErrorCode: code, lastErrorMessage: message } = view;
  if (state === null || lastDueAt === null) return null;
  return { state, due_at: lastDueAt.toISOString(), error: presentError(code, message) };
}

function presentError(code: string | null, message: string | null): ScheduleRun['error'] {
  return code === null ? null : { code, message: message ?? '' };
}

function presentScanWhat(what: ScanWhat, profile: string | null): NonNullable<Schedule['scan']> {
  return {
    targets: [...what.targets],
    configured_networks: what.configuredNetworks ?? false,
    exclude: [...what.exclude],
    profile,
    ...presentSettingChanges(what.settings),
    ...presentGiven(what),
  };
}

function presentDiscoveryWhat(what: DiscoveryWhat): NonNullable<Schedule['discovery']> {
  return {
    networks: [...what.networks],
    configured_networks: what.configuredNetworks ?? false,
    exclude: [...what.exclude],
    detect_os: what.detectOs ?? false,
    methods: what.methods && [...what.methods],
    resolver: what.resolver,
    rate: what.rate,
    per_host_rate: what.perHostRate,
    ...presentGiven(what),
  };
}

/** One of before there was anything to say of it leaves all to smart scan. */
function presentSmartScanWhat(what: SmartScanWhat): NonNullable<Schedule['smart_scan']> {
  return {
    stage: what.stage,
    network_cidr: what.networkCidr,
    os_family: what.osFamily,
    filter: what.filter,
    limit: what.limit ?? DEFAULT_TRIGGER_HOSTS,
    threshold: what.threshold ?? DEFAULT_THRESHOLD,
    max_staleness_hours: what.maxStalenessHours ?? DEFAULT_MAX_STALENESS_HOURS,
    resolver: what.resolver,
    confirm_large: what.confirmLarge ?? false,
    confirm_unscoped: what.confirmUnscoped ?? false,
  };
}

function presentGiven(what: ScanWhat | DiscoveryWhat) {
  return {
    tags: [...(what.tags ?? [])],
    outside_scope: what.outsideScope,
    confirm_large: what.confirmLarge,
    confirm_unscoped: what.confirmUnscoped,
  };
}

export function presentRun(view: RunView): ScheduleRun {
  return {
    id: view.uid,
    due_at: view.dueAt.toISOString(),
    cause: view.cause,
    requested_by: view.requestedBy,
    state: view.state,
    skip_reason: view.skipReason,
    missed_from: view.missedFrom?.toISOString() ?? null,
    starts_at: view.startsAt.toISOString(),
    attempt: view.attempt,
    started_at: view.startedAt?.toISOString() ?? null,
    finished_at: view.finishedAt?.toISOString() ?? null,
    ended_at: view.endedAt?.toISOString() ?? null,
    error: presentError(view.errorCode, view.errorMessage),
    scans: view.scans.map(({ uid, status, isDiscovery }) => ({
      id: uid,
      status,
      kind: isDiscovery ? 'discovery' : 'ports',
    })),
  };
}

export function presentDues(
  time: CronTime,
  { nowMs, count, enabled }: { readonly nowMs: number; readonly count: number; readonly enabled: boolean },
): Dues {
  const { cron, zone } = time;
  return {
    cron,
    zone,
    now: new Date(nowMs).toISOString(),
    enabled,
    dues: nextDues(time, nowMs, count).map((due) => ({
      at: new Date(due).toISOString(),
      local: localText(zone, due),
    })),
  };
}
