import { idParameters } from '#api/routes/id-parameters.js';
import {
  discoveryCompareQuerySchema,
  discoveryListQuerySchema,
  discoveryPlanSchema,
  discoveryRequestSchema,
  discoveryResultsQuerySchema,
  discoveryResultsSchema,
  localNetworkListSchema,
  networkDiscoveryRequestSchema,
} from '#contract/discovery/discovery.js';
import { scanDiffQuerySchema, scanDiffSchema } from '#contract/scans/diff.js';
import { scanListSchema, scanSchema } from '#contract/scans/scan.js';

const tags = ['discovery'];
const params = idParameters;

export const listRoute = {
  operationId: 'discoveries',
  summary: 'Discovery runs, the newest first',
  tags,
  querystring: discoveryListQuerySchema.strict(),
  response: { 200: scanListSchema },
};
export const startRoute = {
  operationId: 'startDiscovery',
  summary: 'Starts a discovery run',
  tags,
  body: discoveryRequestSchema,
  response: { 201: scanSchema },
};
export const planRoute = {
  operationId: 'planDiscovery',
  summary: 'Plans a discovery run without sending anything to its targets',
  tags,
  body: discoveryRequestSchema,
  response: { 200: discoveryPlanSchema },
};
export const compareRoute = {
  operationId: 'compareDiscoveries',
  summary: 'What changed between two discovery runs, in what both probed',
  tags,
  querystring: discoveryCompareQuerySchema.strict(),
  response: { 200: scanDiffSchema },
};
export const localNetworksRoute = {
  operationId: 'localNetworks',
  summary: 'The networks of the interfaces of the machine that Scanorama runs on; nothing is sent',
  tags,
  response: { 200: localNetworkListSchema },
};
export const showRoute = {
  operationId: 'discovery',
  summary: 'One discovery run with its progress',
  tags,
  params,
  response: { 200: scanSchema },
};
export const stopRoute = {
  operationId: 'stopDiscovery',
  summary: 'Stops a discovery run; what it found is kept, and it can be resumed like a scan',
  tags,
  params,
  response: { 200: scanSchema },
};
export const resultsRoute = {
  operationId: 'discoveryResults',
  summary: 'Who showed himself in a discovery run so far, and names that it found, by address',
  tags,
  params,
  querystring: discoveryResultsQuerySchema.strict(),
  response: { 200: discoveryResultsSchema },
};
export const diffRoute = {
  operationId: 'discoveryDiff',
  summary: 'What is new, gone or changed since another discovery run; of a run that is over it never changes',
  tags,
  params,
  querystring: scanDiffQuerySchema.strict(),
  response: { 200: scanDiffSchema },
};
export const discoverNetworkRoute = {
  operationId: 'discoverNetwork',
  summary: 'Looks for hosts in a stored network',
  tags,
  params,
  body: networkDiscoveryRequestSchema,
  response: { 201: scanSchema },
};
export const networkRunsRoute = {
  operationId: 'networkDiscoveries',
  summary: 'Discovery runs that reached into a stored network, the newest first',
  tags,
  params,
  querystring: discoveryListQuerySchema.strict(),
  response: { 200: scanListSchema },
};
