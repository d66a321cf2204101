import { z } from 'zod';
import {
  asOfQuerySchema,
  changedHostSchema,
  hostChangeRequestSchema,
  hostDetailSchema,
  hostHistoryQuerySchema,
  hostHistorySchema,
  hostListQuerySchema,
  hostListSchema,
  hostSchema,
  restoredHostSchema,
} from '#contract/hosts/host.js';
import { scanListQuerySchema, scanListSchema } from '#contract/scans/scan.js';

const tags = ['hosts'];
const params = z.object({ id: z.string().min(1).describe('The id of the host, or its IP address.') });

export const listRoute = {
  operationId: 'hosts',
  summary: 'Lists hosts, now or as of a past time',
  tags,
  querystring: hostListQuerySchema.strict(),
  response: { 200: hostListSchema },
};
export const showRoute = {
  operationId: 'host',
  summary: 'One host with its ports and its history, now or as of a past time',
  tags,
  params,
  querystring: asOfQuerySchema.strict(),
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
export const scansRoute = {
  operationId: 'hostScans',
  summary: 'Scans that probed a host or whose report contains it, newest first',
  tags,
  params,
  querystring: scanListQuerySchema.strict(),
  response: { 200: scanListSchema },
};
export const changeRoute = {
  operationId: 'changeHost',
  summary:
    'Edits the name of a host, whether it is ignored, and after how many misses it is down; can be undone',
  tags,
  params,
  body: hostChangeRequestSchema,
  response: { 200: changedHostSchema },
};
export const deleteRoute = {
  operationId: 'deleteHost',
  summary: 'Marks a host as deleted, until it is restored or seen again; nothing of it is removed',
  tags,
  params,
  response: { 200: hostSchema },
};
export const restoreRoute = {
  operationId: 'restoreHost',
  summary: 'Takes the deletion of a host back',
  tags,
  params,
  response: { 200: restoredHostSchema },
};
export const purgeRoute = {
  operationId: 'purgeHost',
  summary: 'Removes a host for ever, with its ports, its history and what scans saw of it',
  tags,
  params,
  response: { 204: z.undefined().describe('The host is gone.') },
};
