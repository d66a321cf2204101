import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { labelName } from '#contract/labels/tag.js';

const MAX_CONTACT_CHARACTERS = 500;
const contact = z.string().min(1).max(MAX_CONTACT_CHARACTERS);

export const ownerSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  contact: z.string().nullable(),
  hosts: z.number().int().describe('Hosts that are theirs by themselves, not by a network.'),
  networks: z
    .array(z.string())
    .describe('Networks that are theirs; the hosts within are too, unless said otherwise.'),
  created_by: z.string(),
  created_at: z.string(),
});
export type Owner = z.infer<typeof ownerSchema>;
export const ownerListQuerySchema = pageQuerySchema;
export const ownerListSchema = listOf(ownerSchema);

export const ownerRequestSchema = z.strictObject({ name: labelName, contact: contact.optional() });
export type OwnerRequest = z.input<typeof ownerRequestSchema>;
export const ownerChangeSchema = z.strictObject({
  name: labelName.optional(),
  contact: contact.nullable().optional(),
});
export type OwnerChange = z.input<typeof ownerChangeSchema>;

export const networkOwnerRequestSchema = z.strictObject({ owner: labelName.nullable() });
export const networkOwnerSchema = z.object({ network: z.string(), owner: z.string().nullable() });
