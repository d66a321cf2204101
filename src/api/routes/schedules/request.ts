import type { z } from 'zod';
import { toSettingChanges } from '#api/routes/setting-changes.js';
import type {
  scheduleChangeSchema,
  scheduledDiscoverySchema,
  scheduledScanSchema,
  scheduledSmartScanSchema,
  scheduleRequestSchema,
} from '#contract/schedules/schedule.js';
import { distinctLabels } from '#domain/fields/label-name.js';
import { readFilter } from '#domain/filter/read.js';
import {
  DEFAULT_MAX_FAILURES,
  DEFAULT_RETRY_DELAY_MS,
  type DiscoveryWhat,
  type ScanWhat,
  type ScheduleInput,
  type SmartScanWhat,
} from '#domain/schedules/schedule.js';
import type { Actor } from '#work/context/context.js';
import type { ScheduleChange, ScheduleOrder } from '#work/schedules/schedules.js';

type ValidRequest = z.output<typeof scheduleRequestSchema>;
type ValidScan = z.output<typeof scheduledScanSchema>;
type ValidDiscovery = z.output<typeof scheduledDiscoverySchema>;
type ValidSmartScan = z.output<typeof scheduledSmartScanSchema>;
type ValidChange = z.output<typeof scheduleChangeSchema>;

export function toScheduleOrder(request: ValidRequest, actor: Actor): ScheduleOrder {
  const { kind, name, description = null, cron, timezone, enabled } = request;
  const { max_failures: maxFailures = DEFAULT_MAX_FAILURES[kind] } = request;
  return {
    name,
    description,
    input: inputOf(request),
    site: ('site' in request ? request.site : undefined) ?? null,
    profile: request.kind === 'scan' ? (request.task.profile ?? null) : null,
    cron,
    timezone,
    enabled,
    jitterMs: milliseconds(request.jitter_seconds) ?? 0,
    catchUp: request.catch_up ?? 'latest',
    overlap: request.overlap ?? 'skip',
    maxFailures,
    retries: request.retries ?? 0,
    retryDelayMs: milliseconds(request.retry_delay_seconds) ?? DEFAULT_RETRY_DELAY_MS,
    actor,
  };
}

export function toScheduleChange(change: ValidChange): ScheduleChange {
  const { name, description, cron, timezone, overlap, retries, revision, scan, discovery } = change;
  const { smart_scan: smartScan } = change;
  return {
    name,
    description,
    ...(cron === undefined ? {} : { cron }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(overlap === undefined ? {} : { overlap }),
    ...(retries === undefined ? {} : { retries }),
    ...(change.catch_up === undefined ? {} : { catchUp: change.catch_up }),
    ...(change.max_failures === undefined ? {} : { maxFailures: change.max_failures }),
    ...(change.jitter_seconds === undefined ? {} : { jitterMs: change.jitter_seconds * 1_000 }),
    ...(change.retry_delay_seconds === undefined ? {} : { retryDelayMs: change.retry_delay_seconds * 1_000 }),
    revision,
    ...(scan === undefined
      ? {}
      : { input: { kind: 'scan', task: scanWhat(scan) }, profile: scan.profile ?? null }),
    ...(discovery === undefined ? {} : { input: { kind: 'discovery', task: discoveryWhat(discovery) } }),
    ...(smartScan === undefined ? {} : { input: { kind: 'smart_scan', task: smartScanWhat(smartScan) } }),
  };
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}

function inputOf(request: ValidRequest): ScheduleInput {
  if (request.kind === 'scan') return { kind: 'scan', task: scanWhat(request.task) };
  if (request.kind === 'discovery') return { kind: 'discovery', task: discoveryWhat(request.task) };
  if (request.kind === 'smart_scan') return { kind: 'smart_scan', task: smartScanWhat(request.task) };
  return { kind: request.kind, task: {} };
}

function scanWhat(given: ValidScan): ScanWhat {
  const { targets, configured_networks: configuredNetworks, exclude } = given;
  const tags = distinctLabels('tag', given.tags);
  const settings = toSettingChanges(given);
  return { targets, configuredNetworks, exclude, settings, tags, ...confirmationsOf(given) };
}

function discoveryWhat(given: ValidDiscovery): DiscoveryWhat {
  const { networks, exclude, methods, resolver, rate } = given;
  return {
    networks,
    configuredNetworks: given.configured_networks,
    exclude,
    detectOs: given.detect_os,
    tags: distinctLabels('tag', given.tags),
    methods,
    resolver,
    rate,
    perHostRate: given.per_host_rate,
    ...confirmationsOf(given),
  };
}

function smartScanWhat(given: ValidSmartScan): SmartScanWhat {
  const { stage, threshold, resolver, limit, filter } = given;
  // As strict as with whoever asks now; what is stored is read as it was written.
  if (filter !== undefined) readFilter(filter);
  return {
    stage,
    threshold,
    maxStalenessHours: given.max_staleness_hours,
    resolver,
    limit,
    networkCidr: given.network_cidr,
    osFamily: given.os_family,
    filter,
    confirmLarge: given.confirm_large,
    confirmUnscoped: given.confirm_unscoped,
  };
}

// Every key is an administrator's as long as there are no others.
function confirmationsOf(given: ValidScan | ValidDiscovery) {
  return {
    outsideScope: given.outside_scope,
    confirmLarge: given.confirm_large,
    confirmUnscoped: given.confirm_unscoped,
  };
}
