import { z } from 'zod';

export const livenessSchema = z.object({ status: z.literal('alive') });
export const readinessSchema = z.object({ status: z.enum(['ready', 'unavailable']) });

export const healthSchema = z.object({
  status: z.enum(['healthy', 'unhealthy']),
  version: z.string(),
  uptime_seconds: z.number(),
  database: z.object({
    status: z.enum(['up', 'down']),
    embedded: z.boolean(),
    server_version: z.string().nullable(),
    schema_version: z.number().int().nullable(),
  }),
});
export type Health = z.infer<typeof healthSchema>;

/** One check of stored data: how many faults it found, and what a fault of it means. */
export const integrityCheckSchema = z.object({
  name: z.string(),
  description: z.string(),
  faults: z.number().int(),
  examples: z.array(z.string()),
});
export type IntegrityCheck = z.infer<typeof integrityCheckSchema>;

export const integrityReportSchema = z.object({
  ok: z.boolean(),
  faults: z.number().int(),
  checks: z.array(integrityCheckSchema),
  started_at: z.string(),
  duration_ms: z.number(),
});
export type IntegrityReport = z.infer<typeof integrityReportSchema>;

/**
 * The report of the last run, with null for what nobody knows before the first; and how far one under way is: `percent`
 * is rough, `reading` a table.
 */
export const integrityStatusSchema = z.object({
  ok: z.boolean().nullable(),
  faults: z.number().int().nullable(),
  checks: z.array(integrityCheckSchema),
  started_at: z.string().nullable(),
  duration_ms: z.number().nullable(),
  running: z.object({ started_at: z.string(), percent: z.number(), reading: z.string() }).nullable(),
});
export type IntegrityStatus = z.infer<typeof integrityStatusSchema>;

export const migrationStatusSchema = z.object({
  current: z.number().int(),
  latest: z.number().int(),
  migrations: z.array(
    z.object({ version: z.number().int(), name: z.string(), applied_at: z.string().nullable() }),
  ),
});
export type MigrationStatus = z.infer<typeof migrationStatusSchema>;
