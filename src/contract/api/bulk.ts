import { z } from 'zod';
import { MAX_SELECTED } from '#domain/text/selection.js';

/** Things that one request can name by their ids; a filter can mean more. */
export const MAX_IDS_PER_REQUEST = 1_000;

export const idList = z.array(z.guid()).min(1).max(MAX_IDS_PER_REQUEST);
export const dryRun = z
  .boolean()
  .default(false)
  .describe('Says what would become of them, and changes nothing.');
export const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe(
    'By what those are known that are meant, whether or not they change: SHA-256 of their ids in order, each with a line feed behind.',
  );
export const expected = digest
  .optional()
  .describe(
    'The `digest` of a dry run: where others are meant by now than it told of, nothing changes (`conflict`).',
  );
export const onlyIds = z
  .array(z.guid())
  .min(1)
  .max(MAX_SELECTED)
  .optional()
  .describe(
    'With `filter`: of what it finds these alone, as a dry run told that they would change. One that it does not find any more stays (`conflict`).',
  );

/** Why one of many stays as it is, while the others do not. */
export const refusalSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
});
export type Refusal = z.infer<typeof refusalSchema>;
