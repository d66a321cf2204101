import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { MAX_NAME_CHARACTERS } from '#contract/networks/site.js';
import { probingShown, rateSchema, settingFields } from '#contract/scans/settings.js';
import { SETTING_TEXTS } from '#domain/scans/scan-settings.js';
import { SCAN_TYPES } from '#domain/scans/scan-type.js';

const MAX_DESCRIPTION_CHARACTERS = 2_000;
const name = z.string().min(1).max(MAX_NAME_CHARACTERS);
const description = z.string().max(MAX_DESCRIPTION_CHARACTERS).nullable();

/** The id of a profile, or its name whatever its case. */
export const profileName = z.string().min(1).max(MAX_NAME_CHARACTERS);

export const profileRequestSchema = z.strictObject({
  name,
  description: description.optional(),
  from_scan: z
    .guid()
    .optional()
    .describe('The id of a scan whose way of asking is kept; the other fields hold against it.'),
  ...settingFields,
});
export type ProfileRequest = z.input<typeof profileRequestSchema>;

export const profileChangeSchema = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  ...settingFields,
});
export type ProfileChange = z.input<typeof profileChangeSchema>;

export const profileCloneSchema = z.strictObject({
  name,
  description: description
    .optional()
    .describe('None when absent: that of the original tells of settings that the copy is made to change.'),
});
export type ProfileClone = z.input<typeof profileCloneSchema>;

/** A way of scanning that has a name. A setting that is null is left to the program. */
export const profileSchema = z.object({
  id: z.string().describe('Of a built-in profile its name, else a UUID.'),
  name: z.string(),
  description: z.string().nullable(),
  built_in: z.boolean().describe('Part of the program: it is cloned instead of changed.'),
  scan_type: z.enum(SCAN_TYPES),
  ports: z.string().nullable(),
  live_hosts: z.boolean(),
  rate: rateSchema.nullable(),
  per_host_rate: z.number().int().nullable(),
  ...probingShown,
  created_by: z.string().nullable(),
  created_at: z.string().nullable(),
  updated_at: z.string().nullable(),
});
export type Profile = z.infer<typeof profileSchema>;

export const profileListQuerySchema = pageQuerySchema.extend({
  scan_type: z.enum(SCAN_TYPES).optional(),
  built_in: z.stringbool().optional(),
});
export const profileListSchema = listOf(profileSchema);

/** Counted from the scans that are there now. */
export const profileStatsSchema = z.object({
  scans: z.number().int(),
  completed: z.number().int(),
  failed: z.number().int(),
  last_used_at: z.string().nullable(),
  hosts_found_mean: z.number().nullable().describe('Of the completed scans.'),
  duration_median_seconds: z
    .number()
    .nullable()
    .describe('For how long somebody worked for them, of the completed scans of which that is known.'),
});
export type ProfileStats = z.infer<typeof profileStatsSchema>;

/** What a scan tells of the profile it was started by. */
export const usedProfileSchema = z.object({
  id: z.string().nullable().describe('Null when the profile was removed since.'),
  name: z.string().describe('As it was called then.'),
  built_in: z.boolean(),
  overrides: z.array(z.enum(SETTING_TEXTS)).describe('What was said otherwise than the profile had it.'),
});
export type UsedProfileView = z.infer<typeof usedProfileSchema>;
