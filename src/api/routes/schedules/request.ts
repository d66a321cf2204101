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
  const { kind, name, description = null, cron, zone, enabled } = request;
  const { max_failures: maxFailures = DEFAULT_MAX_FAILURES[kind] } = request;
  return {
    name,
    description,
    wish: inputOf(request),
    site: ('site' in request ? request.site : undefined) ?? null,
    profile: request.kind === 'scan' ? (request.what.profile ?? null) : null,
    cron,
    zone,
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
  const { name, description, cron, zone, overlap, retries, revision, scan, discovery } = change;
  const { smart_scan: smartScan } = change;
  return {
    name,
    description,
    ...(cron === undefined ? {} : { cron }),
    ...(zone === undefined ? {} : { zone }),
    ...(overlap === undefined ? {} : { overlap }),
    ...(retries === undefined ? {} : { retries }),
    ...(change.catch_up === undefined ? {} : { catchUp: change.catch_up }),
    ...(change.max_failures === undefined ? {} : { maxFailures: change.max_failures }),
    ...(change.jitter_seconds === undefined ? {} : { jitterMs: change.jitter_seconds * 1_000 }),
    ...(change.retry_delay_seconds === undefined ? {} : { retryDelayMs: change.retry_delay_seconds * 1_000 }),
    revision,
    ...(scan === undefined
      ? {}
      : { wish: { kind: 'scan', what: scanWhat(scan) }, profile: scan.profile ?? null }),
    ...(discovery === undefined ? {} : { wish: { kind: 'discovery', what: discoveryWhat(discovery) } }),
    ...(smartScan === undefined ? {} : { wish: { kind: 'smart_scan', what: smartScanWhat(smartScan) } }),
  };
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}

function inputOf(request: ValidRequest): ScheduleInput {
  if (request.kind === 'scan') return { kind: 'scan', what: scanWhat(request.what) };
  if (request.kind === 'discovery') return { kind: 'discovery', what: discoveryWhat(request.what) };
  if (request.kind === 'smart_scan') return { kind: 'smart_scan', what: smartScanWhat(request.what) };
  return { kind: request.kind, what: {} };
}

function scanWhat(said: ValidScan): ScanWhat {
  const { targets, configured_networks: configuredNetworks, exclude } = said;
  const tags = distinctLabels('tag', said.tags);
  const settings = toSettingChanges(said);
  return { targets, configuredNetworks, exclude, settings, tags, ...confirmationsOf(said) };
}

function discoveryWhat(said: ValidDiscovery): DiscoveryWhat {
  const { networks, exclude, methods, resolver, rate } = said;
  return {
    networks,
    configuredNetworks: said.configured_networks,
    exclude,
    detectOs: said.detect_os,
    tags: distinctLabels('tag', said.tags),
    methods,
    resolver,
    rate,
    perHostRate: said.per_host_rate,
    ...confirmationsOf(said),
  };
}

function smartScanWhat(said: ValidSmartScan): SmartScanWhat {
  const { stage, threshold, resolver, limit, filter } = said;
  // As strict as with whoever asks now; what is stored is read as it was written.
  if (filter !== undefined) readFilter(filter);
  return {
    stage,
    threshold,
    maxStalenessHours: said.max_staleness_hours,
    resolver,
    limit,
    networkCidr: said.network_cidr,
    osFamily: said.os_family,
    filter,
    confirmLarge: said.confirm_large,
    confirmUnscoped: said.confirm_unscoped,
  };
}

// Every key is an administrator's as long as there are no others.
function confirmationsOf(said: ValidScan | ValidDiscovery) {
  return {
    outsideScope: said.outside_scope,
    confirmLarge: said.confirm_large,
    confirmUnscoped: said.confirm_unscoped,
  };
}
