import { z } from 'zod';
import {
  hostStageSchema,
  profileRecommendationsSchema,
  smartScanOutcomeSchema,
  smartScanQuerySchema,
  smartScanSuggestionsSchema,
  stageQuerySchema,
  triggerBatchRequestSchema,
  triggerOutcomeSchema,
  triggerRequestSchema,
} from '#contract/schedules/smart-scan.js';

const tags = ['smart scan'];
const params = z.object({ id: z.string().min(1).describe('The id of the host, or its IP address.') });

export const suggestionsRoute = {
  operationId: 'smartScanSuggestions',
  summary: 'What is missing of the hosts, and which scans would find it out; nothing is sent',
  tags,
  querystring: smartScanQuerySchema.strict(),
  response: { 200: smartScanSuggestionsSchema },
};
export const recommendationsRoute = {
  operationId: 'profileRecommendations',
  summary: 'Which profile fits the hosts that are there, by their system and open ports',
  tags,
  response: { 200: profileRecommendationsSchema },
};
export const stageRoute = {
  operationId: 'smartScanStage',
  summary: 'What is known of one host, what comes next, and why not the rest',
  tags,
  params,
  querystring: stageQuerySchema.strict(),
  response: { 200: hostStageSchema },
};
export const triggerRoute = {
  operationId: 'triggerSmartScan',
  summary: 'Starts the next scan of a host, or reports why there is none',
  tags,
  params,
  body: triggerRequestSchema,
  response: {
    200: triggerOutcomeSchema.describe('Nothing is due.'),
    202: triggerOutcomeSchema.describe('The scan is started.'),
  },
};
export const triggerBatchRoute = {
  operationId: 'triggerSmartScans',
  summary: 'Starts scans for what is missing of many hosts, all of them or none',
  tags,
  body: triggerBatchRequestSchema,
  response: { 202: smartScanOutcomeSchema },
};
