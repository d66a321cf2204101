import { z } from 'zod';
import { scanSchema } from '#contract/scans/scan.js';

/** What the server says on the WebSocket `/api/v1/live`. All of it is committed already. */
export const liveMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), version: z.string() }),
  z.object({ type: z.literal('scan'), scan: scanSchema }),
  z.object({ type: z.literal('scan_purged'), id: z.string() }),
  /** Hosts went, came, or were edited, deleted, restored or purged: whoever shows some asks anew. */
  z.object({ type: z.literal('hosts') }),
  /** A schedule or one of its runs changed: whoever shows some asks anew. */
  z.object({ type: z.literal('schedules') }),
  /** Workers came, went or were drained: likewise. */
  z.object({ type: z.literal('workers') }),
]);
export type LiveMessage = z.infer<typeof liveMessageSchema>;
