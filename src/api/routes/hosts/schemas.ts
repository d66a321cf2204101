import { z } from 'zod';
import {
  hostDetailSchema,
  hostHistoryQuerySchema,
  hostHistorySchema,
  hostListQuerySchema,
  hostListSchema,
  momentQuerySchema,
} from '#contract/host.js';

const tags = ['hosts'];
const params = z.object({ id: z.string().min(1).describe('The id of the host, or its IP address.') });

export const listRoute = {
  operationId: 'hosts',
  summary: 'Hosts as they are known now, or as of an instant',
  tags,
  querystring: hostListQuerySchema.strict(),
  response: { 200: hostListSchema },
};
export const showRoute = {
  operationId: 'host',
  summary: 'One host with its ports and its history, as known now or as of an instant',
  tags,
  params,
  querystring: momentQuerySchema.strict(),
  response: { 200: hostDetailSchema },
};
export const historyRoute = {
  operationId: 'hostHistory',
  summary: 'Every change of one host and its ports, the newest first',
  tags,
  params,
  querystring: hostHistoryQuerySchema.strict(),
  response: { 200: hostHistorySchema },
};
