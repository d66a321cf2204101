import { z } from 'zod';
import { SETTING_KINDS, SETTING_NAMES, type SettingName, settingFacts } from '#domain/settings/setting.js';

export const settingSchema = z.object({
  name: z.enum(SETTING_NAMES),
  kind: z.enum(SETTING_KINDS),
  value: z.string().describe('As the kind has it: `forever` or `90 days`, `40`, `15s`, `top-100`.'),
  default: z.string(),
  allowed: z.string().describe('What it may be, as the end of a sentence.'),
  acts: z.string().describe('When a change acts.'),
  description: z.string(),
  /** Null while nobody set it. */
  updated_at: z.string().nullable(),
  updated_by: z.string().nullable(),
});
export type Setting = z.infer<typeof settingSchema>;
export const settingListSchema = z.object({ data: z.array(settingSchema) });

const MAX_VALUE_CHARACTERS = 100;
/** A number is taken for its text; where none is meant it is refused as any other text. */
const change = z
  .union([z.string().max(MAX_VALUE_CHARACTERS), z.number()])
  .nullable()
  .optional();
/** Those that are to change; null sets one back to its default. */
export const settingChangesSchema = z.strictObject(
  Object.fromEntries(SETTING_NAMES.map((name) => [name, change.describe(settingFacts(name).description)])),
);
export type SettingChanges = Readonly<Partial<Record<SettingName, string | null>>>;

/** What maintenance would remove for one setting if it ran now. */
export const retentionPreviewSchema = z.object({
  name: z.enum(SETTING_NAMES),
  value: z.string(),
  complete_since: z
    .string()
    .nullable()
    .describe('Of what was stored before, some is removed already; null when nothing ever was.'),
  removes_before: z.string().nullable().describe('Null when all of it is kept.'),
  rows: z.number().int().describe('How many rows would go.'),
  months: z.array(z.string()).describe('Months of raw rows that would go whole, such as `2026-01`.'),
});
export type RetentionPreview = z.infer<typeof retentionPreviewSchema>;
export const retentionPreviewListSchema = z.object({ data: z.array(retentionPreviewSchema) });
