import { z } from 'zod';
import { FIELD_TYPES } from '#domain/fields/custom-field.js';

export const hostTagSchema = z.object({ name: z.string(), color: z.string().nullable() });
export type HostTag = z.infer<typeof hostTagSchema>;

export const hostNoteSchema = z.object({
  id: z.uuid(),
  text: z.string().describe('Plain text.'),
  author: z.string(),
  written_at: z.string(),
});
export type HostNote = z.infer<typeof hostNoteSchema>;

export const hostOwnerSchema = z.object({
  name: z.string(),
  contact: z.string().nullable(),
  network: z.string().nullable().describe('The network that it has the owner of; null where it is its own.'),
});

const hostFieldSchema = z.object({ name: z.string(), type: z.enum(FIELD_TYPES), value: z.string() });

/** What people say of a host, beside its tags. */
export const annotationFields = {
  groups: z
    .array(z.string())
    .default([])
    .describe('Groups that it is in by name or by rule; as of a past instant those that it was listed in.'),
  owner: hostOwnerSchema
    .nullable()
    .default(null)
    .describe('Its own, or that of the narrowest network around it; as of a past instant only its own.'),
  fields: z.array(hostFieldSchema).default([]),
  notes: z.array(hostNoteSchema).default([]).describe('The newest first.'),
};
