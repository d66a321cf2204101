import { z } from 'zod';
import type { ApiContext, ApiServer } from '#api/context.js';
import { answerMetrics } from '#api/routes/metrics/answer.js';
import { ROUTES } from '#contract/routes.js';

const metricsRoute = {
  operationId: 'metrics',
  summary: 'Metrics of this server in the text format of Prometheus',
  tags: ['health'],
  response: {
    200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } },
  },
};

export function addMetricsRoute(server: ApiServer, { work }: ApiContext): void {
  server.get(
    ROUTES.metrics,
    { config: { database: 'unneeded' }, schema: metricsRoute },
    async (_request, reply) => reply.send(await answerMetrics(work, reply)),
  );
}
