import { healthSchema, integrityReportSchema, livenessSchema, readinessSchema } from '#contract/health.js';

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
  operationId: 'verify',
  summary: 'Checks everything stored for damage',
  tags,
  response: { 200: integrityReportSchema },
};
