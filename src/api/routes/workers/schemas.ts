import { z } from 'zod';
import {
  drainedWorkerSchema,
  MAX_WORKER_NAME_CHARACTERS,
  workerListQuerySchema,
  workerListSchema,
  workerSchema,
} from '#contract/workers/worker.js';

const tags = ['workers'];
const params = z.object({
  id: z.string().min(1).max(MAX_WORKER_NAME_CHARACTERS).describe('The id of the worker, or its name.'),
});

export const listRoute = {
  operationId: 'workers',
  summary: 'Programs that run scans, with what each can do and what it runs',
  tags,
  querystring: workerListQuerySchema.strict(),
  response: { 200: workerListSchema },
};
export const showRoute = {
  operationId: 'worker',
  summary: 'One worker',
  tags,
  params,
  response: { 200: workerSchema },
};
export const drainRoute = {
  operationId: 'drainWorker',
  summary: 'Lets a worker take no more work, and hand over what it runs',
  description:
    'What it runs is stored up to now, and other workers of the site go on from there. It stays until it is stopped on its machine, and takes work again after a resume.',
  tags,
  params,
  response: { 200: drainedWorkerSchema },
};
export const resumeRoute = {
  operationId: 'resumeWorker',
  summary: 'Lets a drained worker take work again',
  tags,
  params,
  response: { 200: workerSchema },
};
export const removeRoute = {
  operationId: 'removeWorker',
  summary: 'Forgets a worker that is gone',
  description:
    'When it was the last worker of its site, programs without a site of their own serve that site again.',
  tags,
  params,
  response: { 204: z.undefined().describe('The worker is forgotten.') },
};
