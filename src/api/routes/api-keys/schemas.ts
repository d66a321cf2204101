import { z } from 'zod';
import { idParameters } from '#api/routes/id-parameters.js';
import { apiKeyListSchema, apiKeyRequestSchema, newApiKeySchema } from '#contract/access/api-key.js';

const tags = ['api keys'];

export const listRoute = {
  operationId: 'apiKeys',
  summary: 'Every API key, without the keys themselves',
  tags,
  response: { 200: apiKeyListSchema },
};
export const createRoute = {
  operationId: 'createApiKey',
  summary: 'Makes an API key; the answer is the only place where it is shown',
  tags,
  body: apiKeyRequestSchema,
  response: { 201: newApiKeySchema },
};
export const revokeRoute = {
  operationId: 'revokeApiKey',
  summary: 'Makes an API key useless, and the sessions it opened',
  tags,
  params: idParameters,
  response: { 204: z.undefined().describe('The key is revoked.') },
};
