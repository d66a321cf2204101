import { z } from 'zod';
import { MAX_LABEL_INPUT_CHARACTERS } from '#contract/labels/tag.js';

/** The parameter of paths that name something by its name, whatever its case, or its id. */
export const nameParameters = z.object({
  id: z.string().min(1).max(MAX_LABEL_INPUT_CHARACTERS).describe('The name, whatever its case, or the id.'),
});
