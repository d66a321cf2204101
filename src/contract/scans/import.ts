import { z } from 'zod';

/** Kinds of body that a report may come as. */
export const REPORT_TYPES = ['application/xml', 'text/xml', 'application/octet-stream'] as const;

export const importQuerySchema = z.object({
  site: z.string().min(1).max(100).default('default'),
  /** What the file is called where it comes from. */
  name: z.string().min(1).max(255).optional(),
});

/** What became of a report, what was taken of it and what was not. */
export const importResultSchema = z.object({
  /** `already-stored`: the same bytes were imported before; `empty`: no host in it could be taken. */
  outcome: z.enum(['stored', 'already-stored', 'empty']),
  scan_id: z.uuid().nullable(),
  name: z.string().nullable(),
  sha256: z.string(),
  size_bytes: z.number().int(),
  format: z.string(),
  scanner: z.string().nullable(),
  scanner_version: z.string().nullable(),
  arguments: z.string().nullable(),
  started_at: z.string().nullable(),
  /** Something is missing: `fault` says what. */
  partial: z.boolean(),
  fault: z
    .object({
      reason: z.string(),
      message: z.string(),
      /** Where reading ended, counted from 1. */
      line: z.number().int(),
      column: z.number().int(),
    })
    .nullable(),
  taken: z.object({
    hosts: z.number().int(),
    hosts_up: z.number().int(),
    open_ports: z.number().int(),
    other_ports: z.number().int(),
    services: z.number().int(),
    host_facts: z.number().int(),
  }),
  not_taken: z.array(z.object({ reason: z.string(), count: z.number().int() })),
});
export type ImportResult = z.infer<typeof importResultSchema>;
