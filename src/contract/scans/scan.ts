import { z } from 'zod';
import { hostTagSchema } from '#contract/api/annotation.js';
import { idPrefix, listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { serviceFields } from '#contract/hosts/host.js';
import { labelName } from '#contract/labels/tag.js';
import { MAX_NAME_CHARACTERS, siteName } from '#contract/networks/site.js';
import { profileName, usedProfileSchema } from '#contract/profiles/profile.js';
import { changeCountsSchema } from '#contract/scans/diff.js';
import { portEvidenceFields } from '#contract/scans/port-evidence.js';
import { probingShown, rateSchema, settingFields } from '#contract/scans/settings.js';
import { MAX_TARGETS_PER_SCAN, startFields, targetTexts } from '#contract/scans/start.js';
import { DISCOVERY_METHODS } from '#domain/discovery/discovery-method.js';
import { OS_SCAN_STATES } from '#domain/discovery/os-scan.js';
import { HOST_STATUSES } from '#domain/hosts/host-status.js';
import { PORT_STATES, REASONS } from '#domain/ports/port-state.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { RATE_LIMITS } from '#domain/rates/rate-limit.js';
import { SCAN_KINDS } from '#domain/scans/scan-kind.js';
import { SCAN_STATUSES } from '#domain/scans/scan-status.js';
import { ENGINES, SCAN_TYPES, STORED_SCAN_TYPES } from '#domain/scans/scan-type.js';
import { WARNING_KINDS } from '#domain/scans/warning.js';
import { REMOVAL_CAUSES } from '#domain/settings/retention.js';
import { EXCLUSION_LEVELS } from '#domain/targets/exclusion.js';

/** Remarks of one scan that are told. */
export const MAX_WARNINGS = 1_000;

/** What a person asks for. Absent fields take the gentle defaults of `#net/send/pace.js`. */
export const scanRequestSchema = z.strictObject({
  ...startFields,
  targets: targetTexts.min(1).max(MAX_TARGETS_PER_SCAN),
  profile: profileName
    .nullish()
    .describe('The id or name of a profile, which says how to ask where this request does not.'),
  ...settingFields,
  site: siteName.default('default'),
});
export type ScanRequest = z.input<typeof scanRequestSchema>;

const engineNote = z
  .string()
  .nullable()
  .describe(
    'Why it is not the engine one would wish for, such as a privilege that is missing; null when it is.',
  );

/** Whom a scan or a discovery would ask, by what, and how much that is. */
export const planSizeSchema = z.object({
  targets: z.array(z.string()),
  resolved: z.array(z.object({ name: z.string(), addresses: z.array(z.string()) })),
  engine: z.enum(ENGINES),
  engine_note: engineNote,
  addresses: z
    .string()
    .describe(
      'How many get packets, as decimal text: an IPv6 prefix holds more addresses than a JSON number can.',
    ),
  excluded_addresses: z
    .string()
    .default('0')
    .describe(
      'How many of the addresses that were named get no packet, by whichever exclusion, as decimal text.',
    ),
  excluded_by: z
    .array(z.object({ level: z.enum(EXCLUSION_LEVELS), addresses: z.string() }))
    .default([])
    .describe(
      'How many each level excludes: the scan itself, everywhere, its site, networks of the site. They are no part of `addresses` and `probes`; what is excluded until it runs is skipped then too.',
    ),
  probes: z
    .number()
    .int()
    .describe('Packets to ask once everybody who is not excluded; retries come on top.'),
  /** At the asked rate, when a rate limits the scan; null when nothing but the network does. */
  estimated_seconds: z.number().nullable(),
  limited_by: z
    .object({
      by: z.enum(RATE_LIMITS),
      packets_per_second: z.number(),
      hosts: z
        .number()
        .int()
        .nullable()
        .default(null)
        .describe('Of `per_host_rate`: how many hosts are asked beside each other, each at its share.'),
    })
    .nullable()
    .default(null)
    .describe(
      'Of several limits the one that binds, with the packets per second that it lets through over all hosts.',
    ),
  needs_confirmation: z.boolean(),
  needs_scope_confirmation: z
    .boolean()
    .default(false)
    .describe(
      'The site has no scope, and nobody has said yet that none is needed: it wants `confirm_unscoped`.',
    ),
});
export type PlanSize = z.infer<typeof planSizeSchema>;

/** What a scan would do, computed without sending anything. */
export const scanPlanSchema = planSizeSchema.extend({
  ports: z.string(),
  scan_type: z.enum(SCAN_TYPES).default('auto'),
  rate: rateSchema.nullable().default(null),
  per_host_rate: z.number().int().nullable().default(null),
  live_hosts: z.boolean().default(false),
  ...probingShown,
  profile: usedProfileSchema.nullable().default(null),
});
export type ScanPlanView = z.infer<typeof scanPlanSchema>;

/** What is to be known when the results are read: who answered in place of hosts, how hosts were not looked for. */
export const warningSchema = z.object({
  kind: z.enum(WARNING_KINDS),
  subject: z.string().describe('An address, a range of them, or a method such as `arp IPv4`.'),
  message: z.string().describe('All of it in a sentence.'),
});

/** What a completed scan amounts to, added up when it was completed. */
const statisticsSchema = z.object({
  hosts_up: z.number().int(),
  open_ports: z.number().int(),
  other_ports: z.number().int().describe('Asked, and closed, filtered or the like.'),
  skipped: z.number().int(),
  positions: z.number().int(),
  batches: z.number().int(),
  probes: z.object({ sent: z.number().int(), answered: z.number().int() }),
  duration_seconds: z.number().describe('From its start to its end, `idle_seconds` of the scan counted in.'),
  observed_from: z.string().describe('Its first observation, by the clock of whoever observed.'),
  observed_to: z.string(),
});

export const scanSchema = z.object({
  id: z.uuid(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  site: z.string(),
  status: z.enum(SCAN_STATUSES),
  /** True when a completed scan could not see everything it planned. */
  partial: z.boolean(),
  /** What it could not see and why, in a sentence. */
  partial_reason: z.string().nullable().default(null),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  targets: z.array(z.string()),
  exclude: z.array(z.string()),
  resolved: z.array(z.object({ name: z.string(), addresses: z.array(z.string()) })),
  ports: z.string(),
  scan_type: z.enum(STORED_SCAN_TYPES),
  engine: z.enum(ENGINES),
  engine_note: engineNote.default(null),
  rate: rateSchema.nullable(),
  per_host_rate: z.number().int().nullable(),
  live_hosts: z.boolean().default(false),
  ...probingShown,
  profile: usedProfileSchema
    .nullable()
    .default(null)
    .describe('What it was started by; it runs with its own copy, whatever becomes of the profile.'),
  schedule: z
    .object({ id: z.uuid().nullable(), name: z.string() })
    .nullable()
    .default(null)
    .describe(
      'The schedule that started it, as it was called then; its id is null when it was removed since.',
    ),
  methods: z
    .array(z.enum(DISCOVERY_METHODS))
    .nullable()
    .default(null)
    .describe('How a discovery run looks for hosts; null for a scan of ports.'),
  resolver: z.string().nullable().default(null).describe('Whom a discovery run asks for names.'),
  os_scan: z
    .object({
      state: z.enum(OS_SCAN_STATES),
      scan_id: z.uuid().nullable().describe('Null before it is started, and when it was purged.'),
    })
    .nullable()
    .default(null)
    .describe('Of a discovery that wants the systems of the hosts it finds told: the scan that does so.'),
  found_by: z
    .uuid()
    .nullable()
    .default(null)
    .describe('The discovery whose hosts this scan asks for their systems.'),
  network: z
    .string()
    .nullable()
    .default(null)
    .describe('The stored network that its targets named; null for none, several, or one that was removed.'),
  outside_scope: z.boolean().default(false),
  tags: z.array(hostTagSchema).default([]).describe('By name.'),
  waiting_reason: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'Why a pending scan is not run: no worker of its site is there, or none that can. Of a running one since when nothing is heard of who runs it; null otherwise.',
    ),
  created_at: z.string(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  idle_seconds: z
    .number()
    .nullable()
    .default(0)
    .describe(
      'How long nobody worked for it between its start and its end: it was stopped, or waited for a worker. Null where it had such a break and the events that tell how long are not kept any more.',
    ),
  deleted_at: z.string().nullable().default(null).describe('When it was deleted; lists leave it out then.'),
  deleted_by: z.string().nullable().default(null).describe('Who deleted it.'),
  /** Committed work only: what is shown here is already safe. */
  progress: z.object({
    percent: z.number(),
    positions: z.number().int(),
    completed: z.number().int(),
    skipped: z
      .number()
      .int()
      .default(0)
      .describe(
        'Settled without having been asked: excluded, or of a host that did not respond to host discovery.',
      ),
  }),
  probes: z
    .object({ sent: z.number().int(), answered: z.number().int() })
    .describe(
      'Of what is settled: what a scan that was stopped had sent for the rest of its plan is not in it.',
    ),
  hosts_up: z.number().int(),
  open_ports: z.number().int(),
  statistics: statisticsSchema.optional().describe('Of a completed scan.'),
  changes: changeCountsSchema
    .extend({
      against: z.uuid().nullable().describe('The scan compared with; null when it was purged since.'),
    })
    .optional()
    .describe('Since the last comparable scan; absent when there was none, or too much of it to count.'),
  removed: z
    .array(z.enum(REMOVAL_CAUSES))
    .default([])
    .describe(
      'What it stored and is there no more: `partition` (its open ports) and `coverage` (all other ports) by retention, `host` with a host that was purged.',
    ),
  warnings: z
    .array(warningSchema)
    .optional()
    .describe(`The first ${MAX_WARNINGS}; lists of scans leave them out.`),
});
export type Scan = z.infer<typeof scanSchema>;

export const scanPortSchema = z.object({
  port: z.number().int(),
  protocol: z.enum(PROTOCOLS),
  state: z.enum(PORT_STATES),
  reason: z.enum(REASONS),
  service: z.string().nullable(),
  ...serviceFields,
});
export type ScanPort = z.infer<typeof scanPortSchema>;

/** Ports that are not listed one by one: how many, and which as a range list such as `1-21,23-79`. */
export const stateCountSchema = z.object({
  protocol: z.enum(PROTOCOLS),
  state: z.enum(PORT_STATES),
  reason: z.enum(REASONS),
  count: z.number().int(),
  ports: z.string().optional(),
});

/** One host as one scan saw it. */
export const scanHostSchema = z.object({
  ip: z.string(),
  /** Null while nothing proved that the address is in use: then no host row exists. */
  host_id: z.uuid().nullable(),
  hostname: z.string().nullable(),
  status: z.enum(HOST_STATUSES),
  reason: z.enum(REASONS).nullable(),
  os: z
    .object({ family: z.string().nullable(), name: z.string().nullable() })
    .optional()
    .describe('What this scan took its operating system for; absent where it did not tell.'),
  ports: z.array(scanPortSchema),
  other_ports: z.array(stateCountSchema),
  ...portEvidenceFields,
});
export type ScanHost = z.infer<typeof scanHostSchema>;

/** A scan whose deletion was to be taken back. */
export const restoredScanSchema = scanSchema.extend({
  restored: z.boolean().describe('False of one that was not deleted.'),
});

/** Which scans are meant, in a list and in what is done to all that match. */
const scanFilterFields = {
  kind: z.enum(SCAN_KINDS).default('ports').describe('Scans of ports, discovery runs, or both.'),
  status: z.enum(SCAN_STATUSES).optional(),
  profile: profileName.optional().describe('The id or name of a profile, also of one that was removed.'),
  tag: labelName.optional().describe('A tag that they have, whatever its case.'),
  name: z.string().min(1).max(MAX_NAME_CHARACTERS).optional().describe('The whole name, whatever its case.'),
  created_before: z.iso.datetime({ offset: true }).optional(),
  site: siteName.optional().describe('Those at the site of this name, whatever its case.'),
};

export const scanFilterSchema = z.strictObject(scanFilterFields);
export type ScanFilter = z.input<typeof scanFilterSchema>;

export const scanListQuerySchema = pageQuerySchema.extend({
  ...scanFilterFields,
  deleted: z.stringbool().default(false).describe('Those that are marked as deleted, instead of the others.'),
  id_prefix: idPrefix,
});
export const scanResultsQuerySchema = pageQuerySchema.extend({
  /** Gives the port ranges behind every count. */
  all_states: z.stringbool().default(false),
  /** Also addresses that did not respond to host discovery. */
  include_unresponsive: z.stringbool().default(false),
});

export const scanListSchema = listOf(scanSchema);
export const scanResultsSchema = listOf(scanHostSchema);
export type ScanList = z.infer<typeof scanListSchema>;
export type ScanResults = z.infer<typeof scanResultsSchema>;
