import { idParameters } from '#api/routes/id-parameters.js';
import {
  bulkScanDeletionSchema,
  bulkScanRestoreSchema,
  bulkScanTagsSchema,
  scanDeletionOutcomeSchema,
  scanRestoreOutcomeSchema,
  scanTagsOutcomeSchema,
  scanTagsRequestSchema,
  scanTagsSchema,
} from '#contract/scans/bulk.js';

const tags = ['scans'];

export const bulkTagsRoute = {
  operationId: 'tagScans',
  summary: 'Adds tags to many scans, removes them, or makes them the only ones, all or nothing',
  tags,
  body: bulkScanTagsSchema,
  response: { 200: scanTagsOutcomeSchema },
};
export const bulkDeleteRoute = {
  operationId: 'deleteScans',
  summary: 'Marks many scans as deleted, with a result for each',
  tags,
  body: bulkScanDeletionSchema,
  response: { 200: scanDeletionOutcomeSchema },
};
export const bulkRestoreRoute = {
  operationId: 'restoreScans',
  summary: 'Restores many deleted scans, with a result for each',
  tags,
  body: bulkScanRestoreSchema,
  response: { 200: scanRestoreOutcomeSchema },
};

const tagging = {
  tags,
  params: idParameters,
  body: scanTagsRequestSchema,
  response: { 200: scanTagsSchema },
};
export const setTagsRoute = {
  ...tagging,
  operationId: 'setScanTags',
  summary: 'Makes these the only tags of a scan',
};
export const addTagsRoute = { ...tagging, operationId: 'addScanTags', summary: 'Adds tags to a scan' };
export const removeTagsRoute = {
  ...tagging,
  operationId: 'removeScanTags',
  summary: 'Removes tags from a scan',
};
