import { z } from 'zod';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { ENGINES } from '#domain/scans/scan-type.js';

export const doctorCheckSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  found: z.string(),
  /** Commands that mend it, each with the case it is for. */
  remedies: z.array(z.object({ what: z.string(), command: z.string() })),
});
export type DoctorCheck = z.infer<typeof doctorCheckSchema>;

export const doctorEngineSchema = z.object({
  name: z.enum(ENGINES),
  available: z.boolean(),
  protocols: z.array(z.enum(PROTOCOLS)),
  /** Why it cannot be had, and what mends it; null when it can. */
  reason: z.string().nullable(),
  hint: z.string().nullable(),
});
export type DoctorEngine = z.infer<typeof doctorEngineSchema>;

/** What the machine of a server can do. */
export const doctorReportSchema = z.object({
  /** Whether nothing is missing. */
  ok: z.boolean(),
  checks: z.array(doctorCheckSchema),
  engines: z.array(doctorEngineSchema),
});
export type DoctorReport = z.infer<typeof doctorReportSchema>;
