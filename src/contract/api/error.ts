import { z } from 'zod';

/** What every failed request answers; `error` is a stable code of the catalogue in `#domain/errors/error.js`. */
export const errorBodySchema = z.object({
  error: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  /** The offending word, path or field. */
  at: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
  request_id: z.string(),
  timestamp: z.string(),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
