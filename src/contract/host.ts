import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/pagination.js';
import { HOST_STATUSES } from '#domain/host-status.js';
import { PORT_STATES, REASONS } from '#domain/port-state.js';
import { PROTOCOLS } from '#domain/protocol.js';

/** What a service told of itself; null where nobody asked it, and then `service` is what is usual on the port. */
export const serviceFields = {
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
  first_seen: z.string(),
  last_seen: z.string(),
});
export type HostPort = z.infer<typeof hostPortSchema>;

export const hostSchema = z.object({
  id: z.uuid(),
  ip: z.string(),
  site: z.string(),
  hostname: z.string().nullable(),
  mac: z.string().nullable(),
  vendor: z.string().nullable(),
  status: z.enum(HOST_STATUSES),
  status_reason: z.enum(REASONS).nullable(),
  os_family: z.string().nullable(),
  os_name: z.string().nullable().default(null),
  first_seen: z.string(),
  last_seen: z.string(),
  deleted_at: z.string().nullable().default(null).describe('When it was deleted; lists leave it out then.'),
  open_ports: z.array(hostPortSchema),
});
export type Host = z.infer<typeof hostSchema>;

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
  observed_at: z.string(),
  recorded_at: z.string(),
});
export type HostChange = z.infer<typeof hostChangeSchema>;

export const hostDetailSchema = hostSchema.extend({
  /** Every port whose current state is known one by one, open or once open. */
  ports: z.array(hostPortSchema),
  /** The newest changes first, at most HOST_HISTORY_ROWS. */
  history: z.array(hostChangeSchema),
  history_since: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'Older changes were removed by retention, but for the newest of each; null when none ever was.',
    ),
});
export type HostDetail = z.infer<typeof hostDetailSchema>;

export const HOST_HISTORY_ROWS = 200;
export const HOST_SORTS = ['ip', 'first_seen', 'last_seen'] as const;

export const hostListQuerySchema = pageQuerySchema.extend({
  status: z.enum(HOST_STATUSES).optional(),
  /** Part of an address or of a name. */
  search: z.string().min(1).max(255).optional(),
  open_port: z.coerce.number().int().min(0).max(65_535).optional().describe('Those on which it is open.'),
  deleted: z.stringbool().default(false).describe('Those that are marked as deleted, instead of the others.'),
  sort_by: z.enum(HOST_SORTS).default('ip'),
  sort_order: z.enum(['asc', 'desc']).default('asc'),
});
export const hostListSchema = listOf(hostSchema);
export type HostList = z.infer<typeof hostListSchema>;
