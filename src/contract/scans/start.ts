import { z } from 'zod';
import { labelNames } from '#contract/labels/tag.js';
import { MAX_NAME_CHARACTERS } from '#contract/networks/site.js';

export const MAX_TARGETS_PER_SCAN = 65_536;
export const MAX_TARGET_CHARACTERS = 1_000;

export const targetTexts = z.array(z.string().min(1).max(MAX_TARGET_CHARACTERS));

/** What is said of a scan and of a discovery run alike. */
export const startFields = {
  name: z.string().trim().min(1).max(MAX_NAME_CHARACTERS).optional(),
  description: z.string().max(2_000).optional(),
  tags: labelNames.default([]).describe('By name, whatever its case; one that is new is made.'),
  exclude: targetTexts.max(MAX_TARGETS_PER_SCAN).default([]),
  /** Says yes beforehand to one whose size asks for a confirmation. */
  confirm_large: z.boolean().default(false),
  /** Says yes beforehand to one at a site that has no scope, and to every further one. */
  confirm_unscoped: z.boolean().default(false),
  outside_scope: z
    .boolean()
    .default(false)
    .describe('Says as an administrator that the scope of the site does not count this time.'),
};
