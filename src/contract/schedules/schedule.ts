import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { labelNames } from '#contract/labels/tag.js';
import { MAX_NAME_CHARACTERS } from '#contract/networks/site.js';
import { profileName } from '#contract/profiles/profile.js';
import { perHostRateSchema, rateSchema, settingFields } from '#contract/scans/settings.js';
import { MAX_TARGET_CHARACTERS, MAX_TARGETS_PER_SCAN, targetTexts } from '#contract/scans/start.js';
import { triggerBatchRequestSchema } from '#contract/schedules/smart-scan.js';
import { DISCOVERY_METHODS } from '#domain/discovery/discovery-method.js';
import { SCAN_STATUSES } from '#domain/scans/scan-status.js';
import {
  CATCH_UPS,
  MAX_CRON_CHARACTERS,
  MAX_FAILURES_LIMIT,
  MAX_JITTER_MS,
  MAX_RETRIES_OF_RUN,
  MAX_RETRY_DELAY_MS,
  OVERLAPS,
  RUN_CAUSES,
  RUN_STATES,
  SCHEDULE_KINDS,
  SKIP_REASONS,
} from '#domain/schedules/schedule.js';

const MAX_TIMEZONE_CHARACTERS = 64;
const MAX_DESCRIPTION_CHARACTERS = 2_000;
/** Due times that are shown beforehand, at most. */
export const MAX_PREVIEWED_DUES = 100;
const PREVIEWED_DUES = 5;

/** The id of a schedule, or its name whatever its case. */
export const scheduleName = z.string().min(1).max(MAX_NAME_CHARACTERS);

const configuredNetworks = z
  .boolean()
  .default(false)
  .describe('Instead of them: every network of the site that is enabled when a run begins.');
const EITHER_TARGETS = 'Either some are named, or configured_networks is true.';

const confirmations = {
  outside_scope: z
    .boolean()
    .default(false)
    .describe('Says as an administrator that the scope of the site does not count for its runs.'),
  confirm_large: z.boolean().default(false).describe('Says yes beforehand to runs of any size.'),
  confirm_unscoped: z
    .boolean()
    .default(false)
    .describe('Says yes beforehand to runs at a site that has no scope.'),
};

const scheduledTags = labelNames.default([]).describe('Tags that the scan of each run has from the start.');

/** What a scan by schedule asks; each run reads names, networks and the profile anew. */
export const scheduledScanSchema = z
  .strictObject({
    targets: targetTexts.max(MAX_TARGETS_PER_SCAN).default([]),
    configured_networks: configuredNetworks,
    exclude: targetTexts.max(MAX_TARGETS_PER_SCAN).default([]),
    profile: profileName.nullish().describe('The id or name of a profile, as it is when a run begins.'),
    ...settingFields,
    tags: scheduledTags,
    ...confirmations,
  })
  .refine(({ targets, configured_networks: all }) => targets.length > 0 !== all, {
    error: EITHER_TARGETS,
    path: ['targets'],
  });

export const scheduledDiscoverySchema = z
  .strictObject({
    networks: targetTexts.max(MAX_TARGETS_PER_SCAN).default([]),
    configured_networks: configuredNetworks,
    exclude: targetTexts.max(MAX_TARGETS_PER_SCAN).default([]),
    detect_os: z
      .boolean()
      .default(false)
      .describe('Each run starts a scan by nmap for the systems of the hosts found, when it completes.'),
    methods: z.array(z.enum(DISCOVERY_METHODS)).min(1).optional(),
    resolver: z.string().min(1).max(MAX_TARGET_CHARACTERS).optional(),
    rate: rateSchema.optional(),
    per_host_rate: perHostRateSchema.optional(),
    tags: scheduledTags,
    ...confirmations,
  })
  .refine(({ networks, configured_networks: all }) => networks.length > 0 !== all, {
    error: EITHER_TARGETS,
    path: ['networks'],
  });

/** What smart scan is told of many hosts, each time; a stale or little known host is looked for anew by each run. */
export const scheduledSmartScanSchema = triggerBatchRequestSchema.omit({ host_ids: true, site: true });

/** Of kinds that have nothing to say. */
const nothing = z.strictObject({});

const cron = z
  .string()
  .min(1)
  .max(MAX_CRON_CHARACTERS)
  .describe('Five fields of cron: minute, hour, day of the month, month, day of the week.');
const timezone = z
  .string()
  .min(1)
  .max(MAX_TIMEZONE_CHARACTERS)
  .describe('The time zone the fields are read in, such as Europe/Berlin.');
const seconds = (maxMs: number) =>
  z
    .number()
    .int()
    .min(0)
    .max(maxMs / 1_000);

const policy = {
  jitter_seconds: seconds(MAX_JITTER_MS).describe(
    'A run begins up to so much later than it is due, each time another while; no longer than from one due time to the next, and 0 when absent.',
  ),
  catch_up: z
    .enum(CATCH_UPS)
    .describe(
      'What becomes of times that were due while no scheduler ran: none of them runs, the latest, or all (the last 24). `latest` when absent. What was due less than five minutes ago runs with each of them.',
    ),
  overlap: z
    .enum(OVERLAPS)
    .describe(
      'What becomes of a time that is due while the run before has not ended: it is skipped, or waits. `skip` when absent.',
    ),
  max_failures: z
    .number()
    .int()
    .min(1)
    .max(MAX_FAILURES_LIMIT)
    .nullable()
    .describe(
      'Runs in a row that fail until it stops; null: it goes on. 5 when absent, and null for verify.',
    ),
  retries: z
    .number()
    .int()
    .min(0)
    .max(MAX_RETRIES_OF_RUN)
    .describe('How often a run that failed is tried again; 0 when absent.'),
  retry_delay_seconds: seconds(MAX_RETRY_DELAY_MS).describe('How long after it failed; 300 when absent.'),
};
const name = z.string().min(1).max(MAX_NAME_CHARACTERS);
const description = z.string().max(MAX_DESCRIPTION_CHARACTERS).nullable();

const given = {
  name,
  description: description.optional(),
  cron,
  timezone: timezone.default('UTC'),
  enabled: z.boolean().default(true),
  jitter_seconds: policy.jitter_seconds.optional(),
  catch_up: policy.catch_up.optional(),
  overlap: policy.overlap.optional(),
  max_failures: policy.max_failures.optional(),
  retries: policy.retries.optional(),
  retry_delay_seconds: policy.retry_delay_seconds.optional(),
};
const anySite = z.string().min(1).max(MAX_NAME_CHARACTERS);
const site = anySite.default('default');

/** A schedule that is to be stored. */
export const scheduleRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('scan'), ...given, site, task: scheduledScanSchema }),
  z.strictObject({ kind: z.literal('discovery'), ...given, site, task: scheduledDiscoverySchema }),
  z.strictObject({
    kind: z.literal('smart_scan'),
    ...given,
    site: anySite.optional().describe('The hosts of this one alone; of all sites when absent.'),
    task: scheduledSmartScanSchema.prefault({}),
  }),
  z.strictObject({ kind: z.literal('verify'), ...given, task: nothing.optional() }),
  z.strictObject({ kind: z.literal('retention'), ...given, task: nothing.optional() }),
]);
export type ScheduleRequest = z.input<typeof scheduleRequestSchema>;

/** What is absent stays; `scan`, `discovery` and `smart_scan` take the place of all that such a schedule was to do. */
export const scheduleChangeSchema = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  cron: cron.optional(),
  timezone: timezone.optional(),
  jitter_seconds: policy.jitter_seconds.optional(),
  catch_up: policy.catch_up.optional(),
  overlap: policy.overlap.optional(),
  max_failures: policy.max_failures.optional(),
  retries: policy.retries.optional(),
  retry_delay_seconds: policy.retry_delay_seconds.optional(),
  scan: scheduledScanSchema.optional(),
  discovery: scheduledDiscoverySchema.optional(),
  smart_scan: scheduledSmartScanSchema.optional(),
  revision: z
    .number()
    .int()
    .optional()
    .describe('What was seen of it when the change was thought of: `conflict` if it was changed since.'),
});
export type ScheduleChange = z.input<typeof scheduleChangeSchema>;

const errorShown = z.object({ code: z.string(), message: z.string() }).nullable();

export const scheduleSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string().nullable(),
  kind: z.enum(SCHEDULE_KINDS),
  site: z.string().nullable().describe('Null of what is of no site, or of all of them.'),
  cron: z.string(),
  timezone: z.string(),
  scan: z
    .object({ ...scheduledScanSchema.shape, profile: z.string().nullable() })
    .nullable()
    .describe('What it scans; null of another kind. The profile is named as it is called now.'),
  discovery: z
    .object(scheduledDiscoverySchema.shape)
    .nullable()
    .describe('Where it looks; null of another kind.'),
  smart_scan: z
    .object(scheduledSmartScanSchema.shape)
    .nullable()
    .describe('Of whom it learns more; null of another kind.'),
  enabled: z.boolean(),
  stopped_reason: z.string().nullable().describe('Why the program stopped it by itself.'),
  ...policy,
  failures: z.number().int().describe('Runs that failed in a row.'),
  revision: z.number().int(),
  next_due_at: z.string().nullable().describe('Null while it is paused.'),
  last_run: z
    .object({ state: z.enum(RUN_STATES), due_at: z.string(), error: errorShown })
    .nullable()
    .describe('The run that was due last.'),
  created_by: z.string(),
  created_at: z.string(),
  updated_by: z.string(),
  updated_at: z.string(),
});
export type Schedule = z.infer<typeof scheduleSchema>;

export const scheduleListQuerySchema = pageQuerySchema.extend({
  kind: z.enum(SCHEDULE_KINDS).optional(),
  enabled: z.stringbool().optional(),
  site: z.string().min(1).max(MAX_NAME_CHARACTERS).optional(),
});
export const scheduleListSchema = listOf(scheduleSchema);

/** What became of one due time. */
export const scheduleRunSchema = z.object({
  id: z.uuid(),
  due_at: z.string(),
  cause: z.enum(RUN_CAUSES).describe('It was due, it is caught up with, or somebody asked for it.'),
  requested_by: z.string().nullable(),
  state: z.enum(RUN_STATES),
  skip_reason: z.enum(SKIP_REASONS).nullable(),
  missed_from: z
    .string()
    .nullable()
    .describe('The first of the due times before it that were passed over while no scheduler ran.'),
  starts_at: z.string().describe('Not to begin before: with the jitter, or the delay of a retry.'),
  attempt: z.number().int().describe('How often it was begun.'),
  started_at: z.string().nullable(),
  finished_at: z
    .string()
    .nullable()
    .describe('When it was done itself; of a smart scan, when it had started its scans.'),
  ended_at: z
    .string()
    .nullable()
    .default(null)
    .describe('When it and all of its scans were over; null while any of them is not.'),
  error: errorShown.describe('Of the last attempt that failed.'),
  scans: z
    .array(z.object({ id: z.uuid(), status: z.enum(SCAN_STATUSES), kind: z.enum(['ports', 'discovery']) }))
    .describe('Those it started, the last first.'),
});
export type ScheduleRun = z.infer<typeof scheduleRunSchema>;

export const scheduleRunsQuerySchema = pageQuerySchema.extend({ state: z.enum(RUN_STATES).optional() });
export const scheduleRunListSchema = listOf(scheduleRunSchema);
export const requestedRunSchema = z.object({ schedule: z.uuid(), run: z.uuid() });

const count = z.coerce.number().int().min(1).max(MAX_PREVIEWED_DUES).default(PREVIEWED_DUES);
export const duesQuerySchema = z.object({ count });
export const duesPreviewSchema = z.strictObject({
  cron,
  timezone: timezone.default('UTC'),
  count: z.number().int().min(1).max(MAX_PREVIEWED_DUES).default(PREVIEWED_DUES),
});
export type DuesPreview = z.input<typeof duesPreviewSchema>;

/** When it is due next, by the clock of the database; what the jitter adds is not in it. */
export const duesSchema = z.object({
  cron: z.string(),
  timezone: z.string(),
  now: z.string(),
  enabled: z
    .boolean()
    .describe('False of a schedule that is paused: then it would be due so if it were not.'),
  dues: z.array(
    z.object({
      at: z.string(),
      local: z.string().describe('What the clock of the zone shows then: `2026-03-29 03:00 UTC+02:00`.'),
    }),
  ),
});
export type Dues = z.infer<typeof duesSchema>;
