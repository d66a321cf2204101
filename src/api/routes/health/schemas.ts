import {
  healthSchema,
  integrityReportSchema,
  integrityStatusSchema,
  livenessSchema,
  readinessSchema,
} from '#contract/workers/health.js';

const tags = ['health'];

export const livenessRoute = {
  operationId: 'liveness',
  summary: 'Whether the server runs',
  tags,
  response: { 200: livenessSchema },
};
export const readinessRoute = {
  operationId: 'readiness',
  summary: 'Whether the server and its database can serve',
  tags,
  response: { 200: readinessSchema, 503: readinessSchema },
};
export const healthRoute = {
  operationId: 'health',
  summary: 'Versions, uptime, database',
  tags,
  response: { 200: healthSchema },
};
export const integrityRoute = {
  operationId: 'integrity',
  summary: 'What the last check of everything stored found, and how far one under way is',
  tags,
  response: { 200: integrityStatusSchema },
};
export const verifyRoute = {
  operationId: 'verify',
  summary: 'Checks everything stored for damage and answers when it is done',
  tags,
  response: { 200: integrityReportSchema },
};
