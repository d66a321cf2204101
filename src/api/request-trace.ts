import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '#api/context.js';
import { isApiPath, pathOf } from '#api/request-path.js';

/** Gives every answer its request id, and every request a line in the log: no headers, no query, no body. */
export function traceRequests(server: FastifyInstance, context: ApiContext): void {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    if (isApiPath(request)) void reply.header('cache-control', 'no-store');
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
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
