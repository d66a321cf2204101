import { setTimeout as sleep } from 'node:timers/promises';
import { clientSignal } from '#api/client-signal.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { RETRY_AFTER_SECONDS } from '#api/errors.js';
import { presentHealth, presentIntegrity } from '#api/routes/health/presenter.js';
import { healthRoute, integrityRoute, livenessRoute, readinessRoute } from '#api/routes/health/schemas.js';
import { SharedRun } from '#api/routes/health/shared-run.js';
import { ROUTES } from '#contract/routes.js';
import { findServerFacts, pingDatabase } from '#store/server-facts.js';
import { verifyData } from '#work/verify-data.js';

/** A database that takes longer to say anything is not there for whoever asks. */
export const DATABASE_ANSWER_MS = 1_000;

export function addHealthRoutes(server: ApiServer, context: ApiContext): void {
  const { read } = context.work.store;

  server.get(ROUTES.liveness, { config: { access: 'public' }, schema: livenessRoute }, () => ({
    status: 'alive' as const,
  }));

  server.get(
    ROUTES.readiness,
    { config: { access: 'public' }, schema: readinessRoute },
    async (_request, reply) => {
      const isReady = (await inTime(pingDatabase(read).then(() => true))) ?? false;
      if (isReady) return { status: 'ready' as const };
      return reply.code(503).header('retry-after', RETRY_AFTER_SECONDS).send({ status: 'unavailable' });
    },
  );

  server.get(ROUTES.health, { schema: healthRoute }, async () =>
    presentHealth(context, await inTime(findServerFacts(read))),
  );

  addIntegrityRoute(server, context);
}

/** One check of all stored data at a time, shared by everybody who asks for it. */
function addIntegrityRoute(server: ApiServer, { work }: ApiContext): void {
  const verification = new SharedRun((signal) => verifyData(work, signal));
  server.addHook('preClose', (done) => {
    verification.halt();
    done();
  });
  server.get(ROUTES.integrity, { schema: integrityRoute }, async (_request, reply) =>
    presentIntegrity(await verification.join(clientSignal(reply))),
  );
}

/** The answer, or undefined when there is none within the time, for whatever reason. */
async function inTime<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  const late = new AbortController();
  const timer = sleep(DATABASE_ANSWER_MS, undefined, { signal: late.signal }).catch(() => undefined);
  try {
    return await Promise.race([answer.catch(() => undefined), timer]);
  } finally {
    late.abort();
  }
}
