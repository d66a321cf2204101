import { z } from 'zod';
import { SETTING_NAMES, type SettingName } from '#domain/setting.js';

export const settingSchema = z.object({
  name: z.enum(SETTING_NAMES),
  value: z.string().describe('`forever`, or a span such as `90 days` or `24 months`.'),
  default: z.string(),
  description: z.string(),
  /** Null while nobody set it. */
  updated_at: z.string().nullable(),
  updated_by: z.string().nullable(),
});
export type Setting = z.infer<typeof settingSchema>;
export const settingListSchema = z.object({ data: z.array(settingSchema) });

const MAX_VALUE_CHARACTERS = 100;
const change = z.string().max(MAX_VALUE_CHARACTERS).nullable().optional();
/** Those that are to change; null sets one back to its default. */
export const settingChangesSchema = z.strictObject({
  'retention.port_scans': change,
  'retention.coverage': change,
  'retention.history': change,
  'retention.events': change,
} satisfies Record<SettingName, z.ZodType>);
export type SettingChanges = z.input<typeof settingChangesSchema>;

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
