import { z } from 'zod';
import { digest, dryRun, expected, idList, onlyIds, refusalSchema } from '#contract/api/bulk.js';
import { labelNames } from '#contract/labels/tag.js';
import { scanFilterSchema } from '#contract/scans/scan.js';

const selection = {
  scan_ids: idList.optional(),
  filter: scanFilterSchema
    .optional()
    .describe('Instead of `scan_ids`: every scan that a list with it shows, so none that is deleted.'),
  dry_run: dryRun,
};

export const bulkScanTagsSchema = z.strictObject({
  ...selection,
  expected,
  tags: labelNames,
  action: z.enum(['add', 'remove', 'set']),
});
export type BulkScanTags = z.input<typeof bulkScanTagsSchema>;

export const scanTagsRequestSchema = z.strictObject({ tags: labelNames });
export const scanTagsSchema = z.object({ tags: z.array(z.string()) });

export const scanTagsOutcomeSchema = z.object({
  scans_matched: z.number().int(),
  scans_changed: z.number().int().describe('What was so already does not count.'),
  moves: z
    .array(z.object({ action: z.enum(['add', 'remove']), tag: z.string(), scan_ids: z.array(z.uuid()) }))
    .describe(
      'Which scans got or lost which tag: the other action with these takes it back. Empty of a dry run.',
    ),
  digest,
  dry_run: z.boolean(),
});
export type ScanTagsOutcome = z.infer<typeof scanTagsOutcomeSchema>;

export const bulkScanDeletionSchema = z.strictObject({ ...selection, only_ids: onlyIds });
export type BulkScanDeletion = z.input<typeof bulkScanDeletionSchema>;
export const bulkScanRestoreSchema = z.strictObject({ scan_ids: idList });

export const SCAN_MARKS = ['deleted', 'restored', 'unchanged', 'refused'] as const;
const results = z.array(
  z.object({
    id: z.uuid(),
    outcome: z
      .enum(SCAN_MARKS)
      .describe(
        '`unchanged`: it was so already. `refused`: it stays as it is, for the reason beside; also what was left when a failure ended it.',
      ),
    error: refusalSchema.nullable(),
  }),
);
export const scanDeletionOutcomeSchema = z.object({
  scans_matched: z.number().int(),
  scans_deleted: z.number().int(),
  scans_refused: z.number().int(),
  open_ports: z
    .number()
    .int()
    .describe('Open ports that the deleted scans list. They stay stored, and hosts keep what was found.'),
  dry_run: z.boolean(),
  results,
});
export type ScanDeletionOutcome = z.infer<typeof scanDeletionOutcomeSchema>;
export const scanRestoreOutcomeSchema = z.object({ scans_restored: z.number().int(), results });
