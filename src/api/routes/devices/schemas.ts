import { z } from 'zod';
import { idParameters } from '#api/routes/id-parameters.js';
import {
  decideRequestSchema,
  decisionListQuerySchema,
  decisionListSchema,
  decisionOutcomeSchema,
  deviceDetailSchema,
  deviceListQuerySchema,
  deviceListSchema,
  deviceName,
  deviceQuerySchema,
  mergeRequestSchema,
  splitRequestSchema,
  suggestionListQuerySchema,
  suggestionListSchema,
} from '#contract/devices/device.js';

const tags = ['devices'];
const params = z.object({ id: deviceName });
const response = { 200: decisionOutcomeSchema };

export const listRoute = {
  operationId: 'devices',
  summary: 'Devices, whatever their addresses; the one that became known last first',
  tags,
  querystring: deviceListQuerySchema.strict(),
  response: { 200: deviceListSchema },
};
export const showRoute = {
  operationId: 'device',
  summary: 'One device: its addresses, what was seen of it, what was decided of it',
  tags,
  params,
  querystring: deviceQuerySchema.strict(),
  response: { 200: deviceDetailSchema },
};
export const mergeRoute = {
  operationId: 'mergeDevices',
  summary: 'Makes devices one; the decision can be taken back at any time',
  tags,
  body: mergeRequestSchema,
  response,
};
export const splitRoute = {
  operationId: 'splitDevice',
  summary: 'Makes some addresses of a device another one; the decision can be taken back at any time',
  tags,
  params,
  body: splitRequestSchema,
  response,
};
export const suggestionsRoute = {
  operationId: 'deviceSuggestions',
  summary: 'Devices that may be one, the most likely first',
  tags,
  querystring: suggestionListQuerySchema.strict(),
  response: { 200: suggestionListSchema },
};
const answering = { tags, params: idParameters, body: decideRequestSchema, response };
export const acceptRoute = {
  ...answering,
  operationId: 'acceptDeviceSuggestion',
  summary: 'Makes the two devices one',
};
export const dismissRoute = {
  ...answering,
  operationId: 'dismissDeviceSuggestion',
  summary: 'Dismisses a suggestion: the two devices stay separate',
};
export const decisionsRoute = {
  operationId: 'deviceDecisions',
  summary: 'What people decided of devices, the newest first',
  tags,
  querystring: decisionListQuerySchema.strict(),
  response: { 200: decisionListSchema },
};
export const undoRoute = {
  ...answering,
  operationId: 'undoDeviceDecision',
  summary: 'Takes a decision back, however long ago it was made; that can be taken back too',
};
