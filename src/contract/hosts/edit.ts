import { z } from 'zod';
import { digest, expected } from '#contract/api/bulk.js';
import { idPrefix, listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { labelName, labelNames } from '#contract/labels/tag.js';
import { MAX_FILTER_CHARACTERS } from '#domain/filter/filter.js';

/** Hosts that one request can name by their ids; a filter can mean more. */
export const MAX_HOST_IDS_PER_EDIT = 20_000;
const MAX_TEXT_CHARACTERS = 10_000;

export const fieldValuesSchema = z
  .record(z.string().min(1).max(100), z.string().max(MAX_TEXT_CHARACTERS).nullable())
  .describe('By the name of the field; null takes the value away.');
export const noteText = z.string().max(MAX_TEXT_CHARACTERS).describe('Plain text.');

/** What is to be said of hosts; what is absent stays as it is. */
export const hostEditSchema = z.strictObject({
  tags: z
    .strictObject({ add: labelNames.optional(), remove: labelNames.optional(), set: labelNames.optional() })
    .optional()
    .describe('By name, whatever its case; one that is new is made. `set`: these and no others.'),
  groups: z
    .strictObject({ add: labelNames.optional(), remove: labelNames.optional() })
    .optional()
    .describe('Static groups, by name or id.'),
  owner: labelName.nullable().optional().describe('By name or id; null: that of its network, if any.'),
  fields: fieldValuesSchema.optional(),
  note: noteText.optional(),
});
export type HostEdit = z.input<typeof hostEditSchema>;

const selection = {
  host_ids: z.array(z.guid()).max(MAX_HOST_IDS_PER_EDIT).optional(),
  filter: z
    .string()
    .min(1)
    .max(MAX_FILTER_CHARACTERS)
    .optional()
    .describe(
      'Instead of `host_ids`: every host that a list with it shows, so none that is ignored unless it asks for that.',
    ),
  dry_run: z.boolean().default(false).describe('Says what would change, and changes nothing.'),
  expected,
};
export const bulkEditSchema = z.strictObject({ ...selection, change: hostEditSchema });
export type BulkEdit = z.input<typeof bulkEditSchema>;
export const bulkTagsSchema = z.strictObject({
  ...selection,
  tags: labelNames,
  action: z.enum(['add', 'remove', 'set']),
});
export type BulkTags = z.input<typeof bulkTagsSchema>;

export const editOutcomeSchema = z.object({
  edit: z
    .uuid()
    .nullable()
    .describe(
      'Takes the edit back at `/hosts/edits/{id}/undo`; null when nothing changed, or it was a dry run.',
    ),
  hosts_matched: z.number().int(),
  hosts_changed: z.number().int().describe('What was so already does not count.'),
  examples: z
    .array(z.string())
    .describe(
      'Addresses of the first hosts that it changed, each with its site where that is not `default`: `198.18.0.1 (branch)`.',
    ),
  dry_run: z.boolean(),
});
export type EditOutcome = z.infer<typeof editOutcomeSchema>;

/** Of hosts that were named or found. */
export const bulkEditOutcomeSchema = editOutcomeSchema.extend({ digest });
export type BulkEditOutcome = z.infer<typeof bulkEditOutcomeSchema>;

const scansChanged = z.number().int().default(0);
/** Of a tag that is removed. */
export const tagRemovalSchema = editOutcomeSchema.extend({
  scans_changed: scansChanged.describe('Scans and discovery runs that had it, also deleted ones.'),
});
export type TagRemoval = z.infer<typeof tagRemovalSchema>;

export const undoOutcomeSchema = z.object({
  summary: z.string().describe('What was taken back, in a few words.'),
  edit: z.uuid().nullable().describe('The undoing is an edit too, and can be taken back.'),
  hosts_changed: z.number().int(),
  scans_changed: scansChanged.describe('Scans and discovery runs that have a tag again, or lost it again.'),
  examples: z.array(z.string()),
  left: z
    .number()
    .int()
    .describe(
      'Changes that stay as they are, because somebody changed them again since, what they name is gone, another has its name, or a rule or schedule names it.',
    ),
});
export type UndoOutcome = z.infer<typeof undoOutcomeSchema>;

export const editSchema = z.object({
  id: z.uuid(),
  actor: z.string(),
  summary: z.string(),
  created_at: z.string(),
  hosts: z.number().int(),
  undoes: z.uuid().nullable(),
  undone_by: z.uuid().nullable(),
});
export type Edit = z.infer<typeof editSchema>;
export const editListQuerySchema = pageQuerySchema.extend({ id_prefix: idPrefix });
export const editListSchema = listOf(editSchema);

/** The tags of one host after they were changed. */
export const hostTagsSchema = z.object({ tags: z.array(z.string()), edit: z.uuid().nullable() });
export const hostTagsRequestSchema = z.strictObject({ tags: labelNames });
export const noteRequestSchema = z.strictObject({ text: noteText });
export const hostOwnerRequestSchema = z.strictObject({ owner: labelName.nullable() });
