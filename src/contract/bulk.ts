import { z } from 'zod';

/** Things that one request can name by their ids; a filter can mean more. */
export const MAX_IDS_PER_REQUEST = 1_000;

export const idList = z.array(z.guid()).min(1).max(MAX_IDS_PER_REQUEST);
export const dryRun = z
  .boolean()
  .default(false)
  .describe('Says what would become of them, and changes nothing.');
export const expectedCount = z
  .number()
  .int()
  .min(0)
  .optional()
  .describe('How many are meant; where it is another number, nothing changes (`conflict`).');

/** Why one of many stays as it is, while the others do not. */
export const refusalSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
});
export type Refusal = z.infer<typeof refusalSchema>;
