import { z } from 'zod';
import { annotationFields, hostTagSchema } from '#contract/api/annotation.js';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { siteName } from '#contract/networks/site.js';
import { certificateSchema, portEvidenceFields, sshServerSchema } from '#contract/scans/port-evidence.js';
import { MAX_HOST_NAME_CHARACTERS, NAME_SOURCES } from '#domain/addresses/host-name.js';
import { DEVICE_KINDS } from '#domain/devices/device.js';
import { MAX_FILTER_CHARACTERS } from '#domain/filter/filter.js';
import { COMPLETENESS_PARTS } from '#domain/hosts/completeness.js';
import { HOST_STATUSES, IGNORED_CHOICES } from '#domain/hosts/host-status.js';
import { MAX_DOWN_AFTER_MISSES, MAX_GONE_AFTER_DAYS } from '#domain/hosts/status-rules.js';
import { PORT_STATES, REASONS } from '#domain/ports/port-state.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { SERVICE_METHODS } from '#domain/ports/service-text.js';

/** What a service told of itself; null where nobody asked it. */
export const serviceFields = {
  service_method: z
    .enum(SERVICE_METHODS)
    .nullable()
    .default(null)
    .describe(
      '`probed` when the service told its name, `table` when `service` is only what is usual on the port.',
    ),
  product: z.string().nullable().default(null),
  version: z.string().nullable().default(null),
  extra_info: z.string().nullable().default(null),
  /** `ssl` when it speaks inside TLS. */
  tunnel: z.string().nullable().default(null),
  cpe: z.array(z.string()).default([]),
};

export const hostPortSchema = z.object({
  port: z.number().int(),
  protocol: z.enum(PROTOCOLS),
  state: z.enum(PORT_STATES),
  reason: z.enum(REASONS),
  service: z.string().nullable(),
  ...serviceFields,
  first_seen: z.string().describe('When it was first seen open.'),
  last_seen: z
    .string()
    .nullable()
    .describe(
      'When it was last seen open, whatever it is now; null of a past instant, for history tells of changes alone.',
    ),
  last_opened: z
    .string()
    .nullable()
    .default(null)
    .describe('Of a past instant, when it last became open until then; null of now.'),
});
export type HostPort = z.infer<typeof hostPortSchema>;

/** How long its answers took, over all whose time was taken. */
export const responseTimeSchema = z.object({
  count: z.number().int(),
  min_us: z.number().int(),
  avg_us: z.number(),
  max_us: z.number().int(),
  slow: z.boolean().describe('On average 200 ms or more, over three answers at least.'),
});

export const downAfterFields = {
  down_after_misses: z
    .number()
    .int()
    .min(1)
    .max(MAX_DOWN_AFTER_MISSES)
    .nullable()
    .describe('Runs in a row it may miss until it is down; null: as its network, or else 3.'),
  gone_after_days: z
    .number()
    .int()
    .min(1)
    .max(MAX_GONE_AFTER_DAYS)
    .nullable()
    .describe(
      'Days it may be down until the next miss makes it gone, or unseen until runs that could not hear it leave it unknown; null: as its network, or else 7.',
    ),
};

const statusFields = {
  status_since: z.string().nullable().default(null),
  status_scan_id: z
    .uuid()
    .nullable()
    .default(null)
    .describe('The scan that turned it; null when it never turned.'),
  misses: z.number().int().default(0).describe('Runs in a row that missed it since it was last seen.'),
  flapping: z.boolean().default(false).describe('It comes and goes; it counts as up until it has settled.'),
  ignored: z.boolean().default(false),
  down_after_misses: downAfterFields.down_after_misses.default(null),
  gone_after_days: downAfterFields.gone_after_days.default(null),
  response_time: responseTimeSchema.nullable().default(null),
  mac_randomized: z.boolean().default(false).describe('Its MAC address is one that nobody assigned.'),
};

const nameFields = {
  display_name: z.string().default(''),
  display_name_source: z.enum(NAME_SOURCES).default('address'),
  custom_name: z.string().nullable().default(null),
};

export const hostSchema = z.object({
  id: z.uuid(),
  ip: z.string(),
  site: z.string(),
  hostname: z.string().nullable(),
  mac: z.string().nullable(),
  vendor: z.string().nullable(),
  status: z.enum(HOST_STATUSES),
  status_reason: z.enum(REASONS).nullable(),
  ...statusFields,
  ...nameFields,
  os_family: z.string().nullable(),
  os_name: z.string().nullable().default(null),
  first_seen: z.string(),
  last_seen: z
    .string()
    .describe('As of a past instant, the newest of its changes that was seen of the host itself until then.'),
  changed_at: z
    .string()
    .nullable()
    .default(null)
    .describe('Of a past instant, when it or one of its ports last changed until then; null of now.'),
  deleted_at: z.string().nullable().default(null).describe('When it was deleted; lists leave it out then.'),
  deleted_by: z.string().nullable().default(null).describe('Who deleted it.'),
  open_ports: z.array(hostPortSchema),
  tags: z.array(hostTagSchema).default([]).describe('By name.'),
  completeness_score: z
    .number()
    .int()
    .nullable()
    .default(null)
    .describe('How much is known of it, from 0 to 100; null of a past instant.'),
});
export type Host = z.infer<typeof hostSchema>;

/** A host whose deletion was to be taken back. */
export const restoredHostSchema = hostSchema.extend({
  restored: z.boolean().describe('False of one that was not deleted.'),
});

/** One change of a host or of one of its ports, with its cause. */
export const hostChangeSchema = z.object({
  fact: z.string(),
  protocol: z.enum(PROTOCOLS).nullable(),
  port: z.number().int().nullable(),
  old_value: z.string().nullable(),
  new_value: z.string().nullable(),
  reason: z.string().nullable(),
  scan_id: z.uuid().nullable(),
  actor: z.string().nullable(),
  edit: z
    .uuid()
    .nullable()
    .default(null)
    .describe('Takes what a person said back at `/hosts/edits/{id}/undo`; null of all else.'),
  observed_at: z.string(),
  recorded_at: z.string(),
});
export type HostChange = z.infer<typeof hostChangeSchema>;

const historySince = z
  .string()
  .nullable()
  .default(null)
  .describe('Older changes were removed by retention, but for the newest of each; null when none ever was.');

/** A name of a host, who says so and since when it is known. */
export const nameCandidateSchema = z.object({
  name: z.string(),
  source: z.enum(NAME_SOURCES),
  /** In the words of who found it: `PTR`, `user`. */
  detail: z.string().nullable(),
  observed_at: z.string(),
  scan_id: z.uuid().nullable(),
  actor: z.string().nullable(),
});
export type NameCandidate = z.infer<typeof nameCandidateSchema>;

/** What a person says of a host; what is left out stays, null takes it back. */
export const hostChangeRequestSchema = z.strictObject({
  custom_name: z.string().max(MAX_HOST_NAME_CHARACTERS).nullable().optional(),
  ignored: z.boolean().optional().describe('Left out of lists and alerts; scans go on seeing it.'),
  down_after_misses: downAfterFields.down_after_misses.optional(),
  gone_after_days: downAfterFields.gone_after_days.optional(),
});
export type HostChangeRequest = z.input<typeof hostChangeRequestSchema>;

/** A run that asked for the host in vain while others of its network answered. */
export const hostTimeoutSchema = z.object({
  probed_at: z.string(),
  scan_id: z.uuid(),
  could_receive: z
    .boolean()
    .describe(
      'Whether it could have heard what the host had answered such a run last; if not, it says nothing of the host.',
    ),
});
export type HostTimeout = z.infer<typeof hostTimeoutSchema>;

export const knownPartSchema = z.object({
  part: z.enum(COMPLETENESS_PARTS),
  points: z.number().int(),
  reason: z.string(),
});

export const hostDetailSchema = hostSchema.extend({
  ...annotationFields,
  device: z
    .object({ id: z.uuid(), kind: z.enum(DEVICE_KINDS) })
    .nullable()
    .default(null)
    .describe('The device that has the address now; null of a past instant, and until it was computed.'),
  completeness: z
    .array(knownPartSchema)
    .default([])
    .describe('What its score is made of: five parts of 20 points; empty of a past instant.'),
  /** Every name that was given or found, the one it is shown by first. */
  name_candidates: z.array(nameCandidateSchema).default([]),
  /** When it went and came, the newest first, at most HOST_STATUS_CHANGE_ROWS. */
  turns: z.array(hostChangeSchema).default([]),
  /** When it did not answer, the newest first, at most HOST_TIMEOUT_ROWS. */
  timeouts: z.array(hostTimeoutSchema).default([]),
  /** Every port whose current state is known one by one, open or once open. */
  ports: z.array(hostPortSchema),
  ...portEvidenceFields,
  /** The newest changes first, at most HOST_HISTORY_ROWS. */
  history: z.array(hostChangeSchema),
  history_since: historySince,
});
export type HostDetail = z.infer<typeof hostDetailSchema>;

/** A host after it was changed. */
export const changedHostSchema = hostDetailSchema.extend({
  edit: z
    .uuid()
    .nullable()
    .default(null)
    .describe('Takes the change back at `/hosts/edits/{id}/undo`; null when it was so already.'),
});
export type ChangedHost = z.infer<typeof changedHostSchema>;

/** An instant, ISO 8601 with a zone; all of its millisecond belongs to it. */
const time = z.iso.datetime({ offset: true });
/** Asks for what was, instead of what is. Both together: what was so then, by what was known then. */
export const asOfQuerySchema = z.object({
  as_of: time
    .optional()
    .describe(
      'As it was known at this instant: by what was stored until then. The same for ever: what was just being stored then is waited for, two seconds at most (`time_uncommitted`, 503).',
    ),
  observed_as_of: time
    .optional()
    .describe(
      'As it was at this instant, by everything observed until then that is known now. What is stored later, such as an old report, may add to it.',
    ),
});
export type AsOfQuery = z.output<typeof asOfQuerySchema>;

export const HOST_HISTORY_ROWS = 200;
export const HOST_STATUS_CHANGE_ROWS = 50;
export const HOST_TIMEOUT_ROWS = 50;
export const HOST_SORTS = ['ip', 'first_seen', 'last_seen', 'score'] as const;

export const hostListQuerySchema = pageQuerySchema.extend({
  ...asOfQuerySchema.shape,
  filter: z
    .string()
    .min(1)
    .max(MAX_FILTER_CHARACTERS)
    .optional()
    .describe(
      'What they must be: `status:up and port:443 and not name:printer*`, or the same as JSON, `{"field": "port", "operator": ":", "values": ["443"]}` within `and`, `or` and `not`. docs/filter.md has the fields.',
    ),
  status: z.enum(HOST_STATUSES).optional(),
  site: siteName.optional().describe('Those of the site of this name.'),
  /** Part of an address or of a name. */
  search: z.string().min(1).max(255).optional(),
  open_port: z.coerce.number().int().min(0).max(65_535).optional().describe('Those on which it is open.'),
  deleted: z.stringbool().default(false).describe('Those that are marked as deleted, instead of the others.'),
  ignored: z
    .enum(IGNORED_CHOICES)
    .optional()
    .describe(
      'Whether hosts that are ignored are listed: not when absent, unless the filter asks for `ignored`.',
    ),
  evidence: z
    .stringbool()
    .default(false)
    .describe('With the SSH host keys and certificates that their ports showed.'),
  flapping: z.literal('true').optional().describe('Those that come and go.'),
  slow: z.literal('true').optional().describe('Those whose answers take 200 ms or more on average.'),
  sort_by: z.enum(HOST_SORTS).default('ip'),
  sort_order: z.enum(['asc', 'desc']).default('asc'),
});
/** What its ports showed is there where `evidence` was asked for. */
export const listedHostSchema = hostSchema.extend({
  ssh_servers: z.array(sshServerSchema).optional(),
  certificates: z.array(certificateSchema).optional(),
});
export type ListedHost = z.infer<typeof listedHostSchema>;
export const hostListSchema = listOf(listedHostSchema);
export const hostHistoryQuerySchema = pageQuerySchema.extend(asOfQuerySchema.shape);
export const hostHistorySchema = listOf(hostChangeSchema).extend({ history_since: historySince });
export type HostHistory = z.infer<typeof hostHistorySchema>;
export type HostList = z.infer<typeof hostListSchema>;
