import createFastify, { type FastifyInstance } from 'fastify';
import { answerMetrics } from '#api/routes/metrics/answer.js';
import { ROUTES } from '#contract/routes.js';
import type { WorkContext } from '#work/context.js';

/** The longest a request may take to arrive, and a connection may be without one. */
const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;

/**
 * Metrics alone, of a program without the web interface. It asks for no key, so it is for loopback: nothing that is told
 * there names anybody.
 */
export function createMetricsServer(work: WorkContext): FastifyInstance {
  const server = createFastify({
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    forceCloseConnections: true,
  });
  server.get(ROUTES.metrics, (_request, reply) => answerMetrics(work, reply));
  return server;
}
