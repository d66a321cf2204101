import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { downAfterFields } from '#contract/hosts/host.js';
import { MAX_NAME_CHARACTERS } from '#contract/networks/site.js';

const MAX_CIDR_CHARACTERS = 100;
const MAX_DESCRIPTION_CHARACTERS = 2_000;

const name = z.string().min(1).max(MAX_NAME_CHARACTERS);
const description = z.string().max(MAX_DESCRIPTION_CHARACTERS);

export const networkRequestSchema = z.strictObject({
  cidr: z.string().min(1).max(MAX_CIDR_CHARACTERS),
  name: name.optional().describe('The CIDR itself when absent.'),
  description: description.optional(),
  site: z.string().min(1).max(MAX_NAME_CHARACTERS).default('default'),
});
export type NetworkRequest = z.input<typeof networkRequestSchema>;

export const networkChangeSchema = z.strictObject({
  name: name.optional(),
  description: description.nullable().optional(),
  enabled: z.boolean().optional().describe('A disabled network is refused as a target by its name.'),
  down_after_misses: downAfterFields.down_after_misses.optional(),
  gone_after_days: downAfterFields.gone_after_days.optional(),
});
export type NetworkChange = z.input<typeof networkChangeSchema>;

/** A network of a site; its figures are counted when it is asked for. */
export const networkSchema = z.object({
  id: z.uuid(),
  site: z.string(),
  cidr: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  enabled: z.boolean(),
  down_after_misses: downAfterFields.down_after_misses.default(null),
  gone_after_days: downAfterFields.gone_after_days.default(null),
  created_at: z.string(),
  updated_at: z.string(),
  /** Known hosts within it, and those that are up. */
  hosts: z.number().int(),
  hosts_up: z.number().int(),
  exclusions: z.number().int().describe('Those of its own; others may hold in it too.'),
  excluded_addresses: z
    .string()
    .default('0')
    .describe('How many of its addresses get no packet, by whichever exclusion, as decimal text.'),
});
export type Network = z.infer<typeof networkSchema>;

export const changedNetworkSchema = networkSchema.extend({
  failing_schedules: z
    .array(z.string())
    .default([])
    .describe(
      'Where it was disabled: the schedules that name it, or that ask all enabled networks and have none left, whose next runs fail.',
    ),
});

export const networkStatsSchema = z.object({
  addresses: z.string().describe('How many it has, as decimal text.'),
  excluded_addresses: z
    .string()
    .describe('How many of them get no packet, by whichever exclusion, as decimal text.'),
  hosts: z.object({
    total: z.number().int(),
    up: z.number().int(),
    down: z.number().int(),
    unknown: z.number().int(),
    gone: z.number().int(),
  }),
  open_ports: z.number().int(),
  /** When a host of it last showed itself. */
  last_seen: z.string().nullable(),
  scans: z.object({
    total: z.number().int().describe('Scans of the site that reached into it, whichever way they named it.'),
    last_started_at: z.string().nullable(),
  }),
});
export type NetworkStats = z.infer<typeof networkStatsSchema>;

const networkFilterFields = {
  site: z.string().min(1).max(MAX_NAME_CHARACTERS).optional(),
  name: z.string().min(1).max(MAX_NAME_CHARACTERS).optional().describe('The whole name, or the CIDR.'),
};
export const networkFilterSchema = z.strictObject({
  ...networkFilterFields,
  enabled: z.boolean().optional(),
});
export const networkListQuerySchema = pageQuerySchema.extend({
  ...networkFilterFields,
  enabled: z.stringbool().optional(),
});
export const networkListSchema = listOf(networkSchema);
