import { z } from 'zod';
import { idParameters } from '#api/routes/id-parameters.js';
import {
  exclusionListQuerySchema,
  exclusionListSchema,
  exclusionRequestSchema,
  exclusionSchema,
} from '#contract/networks/exclusion.js';

const tags = ['exclusions'];

export const listRoute = {
  operationId: 'exclusions',
  summary: 'Addresses that no scan sends a packet to',
  tags,
  querystring: exclusionListQuerySchema.strict(),
  response: { 200: exclusionListSchema },
};
export const createRoute = {
  operationId: 'exclude',
  summary:
    'Excludes addresses from every scan, everywhere or at one site; running scans heed it within a second',
  tags,
  body: exclusionRequestSchema,
  response: { 201: exclusionSchema },
};
export const removeRoute = {
  operationId: 'removeExclusion',
  summary: 'Removes an exclusion, for scans and parts of scans that start from now on',
  tags,
  params: idParameters,
  response: { 204: z.undefined().describe('The exclusion is removed.') },
};
