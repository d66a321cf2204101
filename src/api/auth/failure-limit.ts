import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ScanoramaError } from '#domain/errors/error.js';

/** Sign-ins, and requests with a wrong credential, that one client address may make in a minute. */
export const SIGN_INS_PER_MINUTE = 10;
export const FAILURES_PER_MINUTE = 60;
/** Client addresses remembered at once; the ones heard of longest ago are forgotten first. */
export const REMEMBERED_CLIENTS = 5_000;
export const LIMIT_WINDOW_MS = 60_000;

/**
 * Counts requests whose credential was wrong, and answers those beyond the limit with `rate_limited`.
 * A right credential is never refused, so nobody is shut out by a neighbour behind the same address.
 */
export function limitFailures(
  server: FastifyInstance,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const countFailure = server.createRateLimit({ max: FAILURES_PER_MINUTE, timeWindow: LIMIT_WINDOW_MS });
  return async (request, reply) => {
    const count = await countFailure(request);
    if (count.isAllowed || !count.isExceeded) return;
    void reply.header('retry-after', count.ttlInSeconds);
    throw tooManyAttempts();
  };
}

export function tooManyAttempts(): ScanoramaError {
  return new ScanoramaError('rate_limited', 'There were too many attempts from this address.', {
    hint: 'Wait a minute, then try again with a valid key or link.',
  });
}
