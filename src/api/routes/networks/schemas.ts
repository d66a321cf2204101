import { z } from 'zod';
import { idParameters } from '#api/routes/id-parameters.js';
import { pageQuerySchema } from '#contract/api/pagination.js';
import { bulkNetworkRemovalSchema, networkRemovalOutcomeSchema } from '#contract/networks/bulk.js';
import {
  exclusionListSchema,
  exclusionSchema,
  networkExclusionRequestSchema,
} from '#contract/networks/exclusion.js';
import {
  changedNetworkSchema,
  networkChangeSchema,
  networkListQuerySchema,
  networkListSchema,
  networkRequestSchema,
  networkSchema,
  networkStatsSchema,
} from '#contract/networks/network.js';

const tags = ['networks'];
const params = idParameters;

export const listRoute = {
  operationId: 'networks',
  summary: 'Networks, by site and address, with what is known of them',
  tags,
  querystring: networkListQuerySchema.strict(),
  response: { 200: networkListSchema },
};
export const showRoute = {
  operationId: 'network',
  summary: 'One network',
  tags,
  params,
  response: { 200: networkSchema },
};
export const statsRoute = {
  operationId: 'networkStats',
  summary: 'Hosts, ports, exclusions and scans of a network, counted now',
  tags,
  params,
  response: { 200: networkStatsSchema },
};
export const createRoute = {
  operationId: 'createNetwork',
  summary: 'Stores a network; nothing is sent to it',
  tags,
  body: networkRequestSchema,
  response: { 201: networkSchema },
};
export const changeRoute = {
  operationId: 'changeNetwork',
  summary: 'Edits the name, description, state or limit of misses of a network',
  tags,
  params,
  body: networkChangeSchema,
  response: { 200: changedNetworkSchema },
};
export const removeRoute = {
  operationId: 'removeNetwork',
  summary: 'Removes a network; its scans and hosts stay',
  tags,
  params,
  response: { 204: z.undefined().describe('The network is removed.') },
};
export const bulkRemoveRoute = {
  operationId: 'removeNetworks',
  summary: 'Removes many networks, with a result for each; their scans and hosts are kept',
  tags,
  body: bulkNetworkRemovalSchema,
  response: { 200: networkRemovalOutcomeSchema },
};
export const exclusionsRoute = {
  operationId: 'networkExclusions',
  summary: 'The own exclusions of a network',
  tags,
  params,
  querystring: pageQuerySchema.strict(),
  response: { 200: exclusionListSchema },
};
export const excludeRoute = {
  operationId: 'excludeFromNetwork',
  summary: 'Excludes addresses of a network from every scan, running ones too',
  tags,
  params,
  body: networkExclusionRequestSchema,
  response: { 201: exclusionSchema },
};
