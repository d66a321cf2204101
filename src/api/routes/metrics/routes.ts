import { z } from 'zod';
import type { ApiContext, ApiServer } from '#api/context.js';
import { answerOrAway } from '#api/http/database-guard.js';
import { inTime } from '#api/http/deadline.js';
import { ROUTES } from '#contract/api/routes.js';
import { findServerActivity } from '#store/database/server-facts.js';
import { describeMetrics } from '#work/health/describe-metrics.js';

const metricsRoute = {
  operationId: 'metrics',
  summary: 'Metrics of this server in the text format of Prometheus',
  tags: ['health'],
  response: {
    200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } },
  },
};

export function addMetricsRoute(server: ApiServer, { work }: ApiContext): void {
  const { read, breaker } = work.store;
  server.get(
    ROUTES.metrics,
    { config: { database: 'unneeded' }, schema: metricsRoute },
    async (_request, reply) => {
      const activity = await inTime(answerOrAway(breaker, findServerActivity(read)));
      return reply
        .header('cache-control', 'no-store')
        .type(work.metrics.registry.contentType)
        .send(await describeMetrics(work, activity));
    },
  );
}
