import { z } from 'zod';
import { hostDetailSchema, hostListQuerySchema, hostListSchema } from '#contract/host.js';

const tags = ['hosts'];

export const listRoute = {
  operationId: 'hosts',
  summary: 'Hosts as they are known now',
  tags,
  querystring: hostListQuerySchema.strict(),
  response: { 200: hostListSchema },
};
export const showRoute = {
  operationId: 'host',
  summary: 'One host with its ports and its history',
  tags,
  params: z.object({ id: z.string().min(1).describe('The id of the host, or its IP address.') }),
  response: { 200: hostDetailSchema },
};
