import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { doctorEngineSchema } from '#contract/workers/doctor.js';
import { WORKER_STATES } from '#domain/workers/worker.js';

/** As long as the name of a machine with a process number can be. */
export const MAX_WORKER_NAME_CHARACTERS = 400;

/** A program that runs parts of scans, on whatever machine. */
export const workerSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  site: z
    .string()
    .nullable()
    .describe('The one site whose scans it runs; null: every site that has no workers of its own.'),
  state: z
    .enum(WORKER_STATES)
    .describe(
      '`active` takes work; `draining` takes none and hands over what it has, `drained` has handed all over; `lost` was not heard of in time; `stopped` said goodbye.',
    ),
  version: z.string(),
  schema_version: z.number().int(),
  concurrency: z.number().int().describe('Parts of scans that it runs at once, at most.'),
  engines: z.array(doctorEngineSchema).describe('What it can ask with, and why not with the rest.'),
  platform: z.string().nullable(),
  raw_packets: z.boolean(),
  started_at: z.string(),
  heartbeat_at: z.string().describe('When it was heard of last, by the clock of the database.'),
  heartbeat_seconds: z
    .number()
    .describe('How often it says that it is there; after three times as long it is lost.'),
  draining_at: z.string().nullable(),
  drain_reason: z.string().nullable(),
  stopped_at: z.string().nullable(),
  running_shards: z.number().int().describe('Parts of scans that it holds now.'),
  running_scans: z.array(z.uuid()).describe('The scans that these are of.'),
});
export type WorkerView = z.infer<typeof workerSchema>;

export const drainedWorkerSchema = workerSchema.extend({
  replaced: z
    .boolean()
    .default(true)
    .describe('Whether another worker takes work where this one took it; scans there wait otherwise.'),
});

export const workerListQuerySchema = pageQuerySchema.extend({
  all: z.stringbool().default(false).describe('Also those that are lost or stopped.'),
});
export const workerListSchema = listOf(workerSchema);
