import { z } from 'zod';
import { idParameters } from '#api/routes/id-parameters.js';
import { scanDiffQuerySchema, scanDiffSchema } from '#contract/scans/diff.js';
import {
  restoredScanSchema,
  scanListQuerySchema,
  scanListSchema,
  scanPlanSchema,
  scanRequestSchema,
  scanResultsQuerySchema,
  scanResultsSchema,
  scanSchema,
} from '#contract/scans/scan.js';

const tags = ['scans'];

export const listRoute = {
  operationId: 'scans',
  summary: 'Scans, the newest first',
  tags,
  querystring: scanListQuerySchema.strict(),
  response: { 200: scanListSchema },
};
export const showRoute = {
  operationId: 'scan',
  summary: 'One scan with its progress',
  tags,
  params: idParameters,
  response: { 200: scanSchema },
};
export const resultsRoute = {
  operationId: 'scanResults',
  summary: 'What a scan has found so far, by address',
  tags,
  params: idParameters,
  querystring: scanResultsQuerySchema.strict(),
  response: { 200: scanResultsSchema },
};
export const diffRoute = {
  operationId: 'scanDiff',
  summary: 'What changed since another scan, by address, in what both probed',
  tags,
  params: idParameters,
  querystring: scanDiffQuerySchema.strict(),
  response: { 200: scanDiffSchema },
};
export const startRoute = {
  operationId: 'startScan',
  summary: 'Starts a scan',
  tags,
  body: scanRequestSchema,
  response: { 201: scanSchema },
};
export const planRoute = {
  operationId: 'planScan',
  summary: 'Plans a scan without sending anything to its targets',
  tags,
  body: scanRequestSchema,
  response: { 200: scanPlanSchema },
};
export const stopRoute = {
  operationId: 'stopScan',
  summary: 'Stops a pending or running scan; what it found is kept',
  tags,
  params: idParameters,
  response: { 200: scanSchema },
};
export const resumeRoute = {
  operationId: 'resumeScan',
  summary: 'Lets a failed or cancelled scan go on where it was',
  tags,
  params: idParameters,
  response: { 200: scanSchema },
};
export const deleteRoute = {
  operationId: 'deleteScan',
  summary: 'Marks a scan that is over as deleted; nothing of it is removed',
  tags,
  params: idParameters,
  response: { 200: scanSchema },
};
export const restoreRoute = {
  operationId: 'restoreScan',
  summary: 'Takes the deletion of a scan back',
  tags,
  params: idParameters,
  response: { 200: restoredScanSchema },
};
export const purgeRoute = {
  operationId: 'purgeScan',
  summary: 'Removes a scan for ever; hosts and their history keep what it found',
  tags,
  params: idParameters,
  response: { 204: z.undefined().describe('The scan is gone.') },
};
