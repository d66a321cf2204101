import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiContext } from '#api/context.js';
import { sendError } from '#api/http/errors.js';
import { isApiPath } from '#api/http/request-path.js';
import type { CircuitBreaker } from '#store/database/breaker.js';
import { databaseAway } from '#store/database/failure.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** This route has something to say while PostgreSQL is away. Every other one is refused at once. */
    readonly database?: 'unneeded';
  }
}

/** Whoever waits longer for PostgreSQL wants it asked whether it is still there, and again now and then. */
export const SUSPICION_MS = 200;
const NEXT_SUSPICION_MS = 2_000;

/**
 * Refuses requests with `database_unavailable` while PostgreSQL is away, and answers the ones under way so as soon
 * as that is found out: in well under a second after it stopped answering. What such a request had begun ends unheard.
 */
export function guardDatabase(server: FastifyInstance, { work }: ApiContext): void {
  const { breaker } = work.store;
  server.addHook('onRequest', (request, reply, done) => {
    if (!needsDatabase(request)) {
      done();
      return;
    }
    if (breaker.isOpen) {
      done(databaseAway());
      return;
    }
    const stopSuspecting = suspectSlowness(breaker);
    const unsubscribe = breaker.onChange((isOpen) => {
      if (isOpen && !reply.sent && !request.ws) sendError(reply, databaseAway(), work.clock.now());
    });
    reply.raw.once('close', () => {
      stopSuspecting();
      unsubscribe();
    });
    done();
  });
}

function needsDatabase(request: FastifyRequest): boolean {
  if (request.is404) return isApiPath(request);
  return request.routeOptions.config.database !== 'unneeded';
}

function suspectSlowness(breaker: CircuitBreaker): () => void {
  let timer = setTimeout(function again() {
    breaker.suspect();
    timer = setTimeout(again, NEXT_SUSPICION_MS);
  }, SUSPICION_MS);
  return () => clearTimeout(timer);
}

/** What the database answers, or `database_unavailable` soon after it stopped answering. */
export async function answerOrAway<Answer>(
  breaker: CircuitBreaker,
  answer: Promise<Answer>,
): Promise<Answer> {
  const stopSuspecting = suspectSlowness(breaker);
  return breaker.orAway(answer).finally(stopSuspecting);
}
