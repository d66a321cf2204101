import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { MAX_HOST_IDS_PER_EDIT } from '#contract/hosts/edit.js';
import { colorText, labelName } from '#contract/labels/tag.js';
import { GROUP_KINDS } from '#domain/fields/group-kind.js';
import { MAX_FILTER_CHARACTERS } from '#domain/filter/filter.js';

const MAX_DESCRIPTION_CHARACTERS = 2_000;
const rule = z.string().min(1).max(MAX_FILTER_CHARACTERS);
const description = z.string().min(1).max(MAX_DESCRIPTION_CHARACTERS);

export const groupSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string().nullable(),
  color: z.string().nullable(),
  kind: z.enum(GROUP_KINDS),
  rule: z.string().nullable().describe('The filter whose hosts are the members; null of a static group.'),
  hosts: z.number().int().describe('Members now, but for deleted and ignored ones.'),
  created_by: z.string(),
  created_at: z.string(),
  updated_by: z.string(),
  updated_at: z.string(),
});
export type Group = z.infer<typeof groupSchema>;
export const groupListQuerySchema = pageQuerySchema;
export const groupListSchema = listOf(groupSchema);

export const groupRequestSchema = z.strictObject({
  name: labelName,
  description: description.optional(),
  color: colorText.optional(),
  rule: rule
    .optional()
    .describe('A filter. With it the group is a rule group, for good; without, a static one.'),
});
export type GroupRequest = z.input<typeof groupRequestSchema>;
export const groupChangeSchema = z.strictObject({
  name: labelName.optional(),
  description: description.nullable().optional(),
  color: colorText.nullable().optional(),
  rule: rule.optional().describe('Of a rule group.'),
});
export type GroupChange = z.input<typeof groupChangeSchema>;

export const groupMembersSchema = z.strictObject({
  host_ids: z.array(z.guid()).max(MAX_HOST_IDS_PER_EDIT),
});
