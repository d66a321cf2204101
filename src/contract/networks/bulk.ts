import { z } from 'zod';
import { dryRun, idList, onlyIds, refusalSchema } from '#contract/api/bulk.js';
import { networkFilterSchema } from '#contract/networks/network.js';

export const bulkNetworkRemovalSchema = z.strictObject({
  network_ids: idList.optional(),
  filter: networkFilterSchema
    .optional()
    .describe('Instead of `network_ids`: every network that a list with it shows.'),
  only_ids: onlyIds,
  dry_run: dryRun,
});
export type BulkNetworkRemoval = z.input<typeof bulkNetworkRemovalSchema>;

export const networkRemovalOutcomeSchema = z.object({
  networks_matched: z.number().int(),
  networks_removed: z.number().int(),
  networks_refused: z.number().int(),
  hosts: z
    .number()
    .int()
    .describe('Known hosts within those that are removed: they stay, as their scans do.'),
  dry_run: z.boolean(),
  results: z.array(
    z.object({
      id: z.uuid(),
      name: z.string().nullable().describe('Null of one that is not there, or was not looked at any more.'),
      outcome: z
        .enum(['removed', 'refused'])
        .describe('`refused`: it stays, for the reason beside; also what was left when a failure ended it.'),
      error: refusalSchema.nullable(),
    }),
  ),
});
export type NetworkRemovalOutcome = z.infer<typeof networkRemovalOutcomeSchema>;
