import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { MAX_NAME_CHARACTERS } from '#contract/networks/site.js';
import { EXCLUSION_SCOPES } from '#domain/targets/exclusion.js';

const MAX_ADDRESS_CHARACTERS = 100;
const MAX_REASON_CHARACTERS = 500;

const whatAndWhy = {
  address: z
    .string()
    .min(1)
    .max(MAX_ADDRESS_CHARACTERS)
    .describe('An address, a range such as 198.18.0.1-40, or a network.'),
  reason: z.string().trim().min(1).max(MAX_REASON_CHARACTERS).optional(),
};

export const networkExclusionRequestSchema = z.strictObject(whatAndWhy);

/** Without site and network the addresses are excluded everywhere. */
export const exclusionRequestSchema = z.strictObject({
  ...whatAndWhy,
  site: z.string().min(1).max(MAX_NAME_CHARACTERS).optional(),
  network: z
    .string()
    .min(1)
    .max(MAX_NAME_CHARACTERS)
    .optional()
    .describe('Its id, or its name or CIDR at the site, the default one when absent.'),
});
export type ExclusionRequest = z.input<typeof exclusionRequestSchema>;

/** Addresses that no scan sends a packet to, whatever engine it uses. */
export const exclusionSchema = z.object({
  id: z.uuid(),
  scope: z.enum(EXCLUSION_SCOPES),
  site: z.string().nullable(),
  network: z.object({ id: z.uuid(), name: z.string(), cidr: z.string() }).nullable(),
  address: z.string(),
  reason: z.string().nullable(),
  created_by: z.string(),
  created_at: z.string(),
});
export type Exclusion = z.infer<typeof exclusionSchema>;

export const exclusionListQuerySchema = pageQuerySchema.extend({
  scope: z.enum(EXCLUSION_SCOPES).optional(),
  site: z
    .string()
    .min(1)
    .max(MAX_NAME_CHARACTERS)
    .optional()
    .describe(
      'All that hold for scans at this site: those of everywhere, its own, and those of its networks.',
    ),
  own: z.stringbool().optional().describe('With `site`: without those of everywhere.'),
});
export const exclusionListSchema = listOf(exclusionSchema);
