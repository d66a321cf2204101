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
  const { uid, name, description, kind, site, cron, timezone, enabled, failures, revision } = view;
  return {
    id: uid,
    name,
    description,
    kind,
    site,
    cron,
    timezone,
    scan: view.kind === 'scan' ? presentScanWhat(view.task, view.profileName) : null,
    discovery: view.kind === 'discovery' ? presentDiscoveryWhat(view.task) : null,
    smart_scan: view.kind === 'smart_scan' ? presentSmartScanWhat(view.task) : null,
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

function presentScanWhat(task: ScanWhat, profile: string | null): NonNullable<Schedule['scan']> {
  return {
    targets: [...task.targets],
    configured_networks: task.configuredNetworks ?? false,
    exclude: [...task.exclude],
    profile,
    ...presentSettingChanges(task.settings),
    ...presentGiven(task),
  };
}

function presentDiscoveryWhat(task: DiscoveryWhat): NonNullable<Schedule['discovery']> {
  return {
    networks: [...task.networks],
    configured_networks: task.configuredNetworks ?? false,
    exclude: [...task.exclude],
    detect_os: task.detectOs ?? false,
    methods: task.methods && [...task.methods],
    resolver: task.resolver,
    rate: task.rate,
    per_host_rate: task.perHostRate,
    ...presentGiven(task),
  };
}

/** One of before there was anything to say of it leaves all to smart scan. */
function presentSmartScanWhat(task: SmartScanWhat): NonNullable<Schedule['smart_scan']> {
  return {
    stage: task.stage,
    network_cidr: task.networkCidr,
    os_family: task.osFamily,
    filter: task.filter,
    limit: task.limit ?? DEFAULT_TRIGGER_HOSTS,
    threshold: task.threshold ?? DEFAULT_THRESHOLD,
    max_staleness_hours: task.maxStalenessHours ?? DEFAULT_MAX_STALENESS_HOURS,
    resolver: task.resolver,
    confirm_large: task.confirmLarge ?? false,
    confirm_unscoped: task.confirmUnscoped ?? false,
  };
}

function presentGiven(task: ScanWhat | DiscoveryWhat) {
  return {
    tags: [...(task.tags ?? [])],
    outside_scope: task.outsideScope,
    confirm_large: task.confirmLarge,
    confirm_unscoped: task.confirmUnscoped,
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
  const { cron, timezone } = time;
  return {
    cron,
    timezone,
    now: new Date(nowMs).toISOString(),
    enabled,
    dues: nextDues(time, nowMs, count).map((due) => ({
      at: new Date(due).toISOString(),
      local: localText(timezone, due),
    })),
  };
}
