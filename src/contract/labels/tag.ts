import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';

/** Of a name as it is sent; what it may look like is checked where it is understood. */
export const MAX_LABEL_INPUT_CHARACTERS = 200;
export const labelName = z.string().min(1).max(MAX_LABEL_INPUT_CHARACTERS);
/** Tags or groups that one edit names. */
const MAX_NAMES_PER_EDIT = 100;
export const labelNames = z.array(labelName).max(MAX_NAMES_PER_EDIT);
export const colorText = z.string().max(20).describe('`#RRGGBB`.');

export const tagSchema = z.object({
  name: z.string(),
  color: z.string().nullable(),
  hosts: z.number().int().describe('Hosts that have it, but for deleted and ignored ones.'),
  scans: z.number().int().default(0).describe('Scans and discovery runs that have it, but for deleted ones.'),
  created_by: z.string(),
  created_at: z.string(),
});
export type Tag = z.infer<typeof tagSchema>;
export const tagListQuerySchema = pageQuerySchema;
export const tagListSchema = listOf(tagSchema);

export const tagRequestSchema = z.strictObject({ name: labelName, color: colorText.optional() });
export type TagRequest = z.input<typeof tagRequestSchema>;
export const tagChangeSchema = z.strictObject({
  name: labelName.optional(),
  color: colorText.nullable().optional(),
});
export type TagChange = z.input<typeof tagChangeSchema>;
