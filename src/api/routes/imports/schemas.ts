import { z } from 'zod';
import { importQuerySchema, importResultSchema, REPORT_TYPES } from '#contract/scans/import.js';

export const importRoute = {
  operationId: 'importReport',
  summary: 'Stores a report that nmap wrote as XML',
  tags: ['scans'],
  consumes: [...REPORT_TYPES],
  querystring: importQuerySchema.strict(),
  body: z.string().describe('The report, as it is; up to 1 GiB.'),
  response: { 200: importResultSchema, 201: importResultSchema },
};
