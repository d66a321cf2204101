import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';

export const MAX_NAME_CHARACTERS = 100;
const MAX_CIDR_CHARACTERS = 100;
const MAX_CIDRS = 1_000;

export const siteName = z.string().min(1).max(MAX_NAME_CHARACTERS);
const cidrs = z.array(z.string().min(1).max(MAX_CIDR_CHARACTERS)).max(MAX_CIDRS);

export const siteRequestSchema = z.strictObject({ name: siteName });
export type SiteRequest = z.input<typeof siteRequestSchema>;

export const siteChangeSchema = z.strictObject({
  name: siteName.optional(),
  scope: cidrs
    .optional()
    .describe('The networks that may be scanned from now on; an empty list takes the scope away.'),
  scope_add: cidrs.optional().describe('Networks that may be scanned beside those that may already.'),
  expected_scope: cidrs
    .optional()
    .describe('The scope that was seen when the change was thought of: `conflict` if it was changed since.'),
});
export type SiteChange = z.input<typeof siteChangeSchema>;

/** A place: two of them may use the same private range and never mix. */
export const siteSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  created_at: z.string(),
  networks: z.number().int(),
  hosts: z
    .number()
    .int()
    .describe('All, also deleted and ignored ones: what keeps the site from being removed.'),
  scans: z.number().int().describe('Scans and discovery runs, also deleted ones.'),
  hosts_listed: z.number().int().default(0).describe('As lists show them: without deleted and ignored ones.'),
  scans_listed: z.number().int().default(0).describe('Scans and discovery runs that are not deleted.'),
  /** Of the site itself, not of its networks. */
  exclusions: z.number().int(),
  schedules: z.number().int().default(0),
  workers: z.number().int().default(0).describe('Running workers of its own.'),
  scope: z
    .array(z.string())
    .describe(
      'Networks that may be scanned; outside them a scan is refused, but of loopback. Empty: nobody has said.',
    ),
  /** When somebody said that the site may be scanned without a scope, and who. */
  unscoped_accepted_at: z.string().nullable(),
  unscoped_accepted_by: z.string().nullable(),
});
export type Site = z.infer<typeof siteSchema>;

export const changedSiteSchema = siteSchema.extend({
  failing_schedules: z
    .array(z.string())
    .default([])
    .describe(
      'Where its scope was said: the schedules whose next runs it refuses. What names of hosts mean is not looked up for it.',
    ),
});

export const siteListQuerySchema = pageQuerySchema;
export const siteListSchema = listOf(siteSchema);
