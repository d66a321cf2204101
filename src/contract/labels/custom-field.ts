import { z } from 'zod';
import { FIELD_TYPES, MAX_FIELD_CHOICES } from '#domain/fields/custom-field.js';

const MAX_NAME_CHARACTERS = 100;
const MAX_CHOICE_CHARACTERS = 1_000;
const MAX_DESCRIPTION_CHARACTERS = 2_000;
const choices = z.array(z.string().min(1).max(MAX_CHOICE_CHARACTERS)).max(MAX_FIELD_CHOICES);
const description = z.string().min(1).max(MAX_DESCRIPTION_CHARACTERS);

export const fieldSchema = z.object({
  name: z.string().describe('Filters call it `field.NAME`.'),
  type: z.enum(FIELD_TYPES),
  choices: z.array(z.string()).nullable(),
  description: z.string().nullable(),
  hosts: z.number().int().describe('Hosts that have a value of it.'),
  created_by: z.string(),
  created_at: z.string(),
});
export type Field = z.infer<typeof fieldSchema>;
export const fieldListSchema = z.object({ data: z.array(fieldSchema) });

export const fieldRequestSchema = z.strictObject({
  name: z.string().min(1).max(MAX_NAME_CHARACTERS),
  type: z.enum(FIELD_TYPES),
  choices: choices.optional().describe('Of a field of the type `choice`.'),
  description: description.optional(),
});
export type FieldRequest = z.input<typeof fieldRequestSchema>;
export const fieldChangeSchema = z.strictObject({
  choices: choices.optional(),
  description: description.nullable().optional(),
});
export type FieldChange = z.input<typeof fieldChangeSchema>;
