import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '#api/context.js';
import { isApiPath, pathOf } from '#api/http/request-path.js';

/** What requests are counted under that no route took: their paths are without number. */
const NO_ROUTE = 'none';

/** Gives every answer its request id, and every request a line in the log: no headers, no query, no body. */
export function traceRequests(server: FastifyInstance, context: ApiContext): void {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    if (isApiPath(request)) void reply.header('cache-control', 'no-store');
    done();
  });
  const { metrics } = context.work;
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? NO_ROUTE : (request.routeOptions.url ?? NO_ROUTE);
    metrics.httpRequests.inc({ method: request.method, route, status: reply.statusCode });
    metrics.httpDuration.observe({ route }, reply.elapsedTime / 1_000);
    context.work.log.debug(
      {
        request: request.id,
        method: request.method,
        path: pathOf(request),
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
        actor: request.identity?.actor,
      },
      'request answered',
    );
    done();
  });
}
