import type { FastifyInstance } from 'fastify';

/**
 * Ends each connection with the answer that is given on it while the server closes. The framework does so for requests that
 * come by then; the connection of one that came before would be kept for a next one, and closing waited 72 seconds for that.
 */
export function endWithLastAnswer(server: FastifyInstance): void {
  let isClosing = false;
  server.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) void reply.header('connection', 'close');
    done();
  });
}
