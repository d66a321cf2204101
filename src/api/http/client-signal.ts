import type { FastifyReply } from 'fastify';
import { ScanoramaError } from '#domain/errors/error.js';

/**
 * Aborts, with `interrupted`, when the client goes away before it has its answer. The framework's own
 * `request.signal` aborts as soon as the body was read (seen with Node 24), so it cannot serve.
 */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) {
      gone.abort(new ScanoramaError('interrupted', 'The client went away before it had its answer.'));
    }
  });
  return gone.signal;
}
