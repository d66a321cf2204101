import type { ApiContext, ApiServer } from '#api/context.js';
import { clientSignal } from '#api/http/client-signal.js';
import { answerOrAway } from '#api/http/database-guard.js';
import { inTime } from '#api/http/deadline.js';
import { RETRY_AFTER_SECONDS } from '#api/http/errors.js';
import { presentHealth, presentIntegrity, presentIntegrityStatus } from '#api/routes/health/presenter.js';
import {
  healthRoute,
  integrityRoute,
  livenessRoute,
  readinessRoute,
  verifyRoute,
} from '#api/routes/health/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { findServerFacts, pingDatabase } from '#store/database/server-facts.js';

export function addHealthRoutes(server: ApiServer, context: ApiContext): void {
  const { read, breaker } = context.work.store;

  server.get(
    ROUTES.liveness,
    { config: { access: 'public', database: 'unneeded' }, schema: livenessRoute },
    () => ({
      status: 'alive' as const,
    }),
  );

  server.get(
    ROUTES.readiness,
    { config: { access: 'public', database: 'unneeded' }, schema: readinessRoute },
    async (_request, reply) => {
      const isReady = (await inTime(answerOrAway(breaker, pingDatabase(read)).then(() => true))) ?? false;
      if (isReady) return { status: 'ready' as const };
      return reply.code(503).header('retry-after', RETRY_AFTER_SECONDS).send({ status: 'unavailable' });
    },
  );

  server.get(ROUTES.health, { config: { database: 'unneeded' }, schema: healthRoute }, async () =>
    presentHealth(context, await inTime(answerOrAway(breaker, findServerFacts(read)))),
  );

  addIntegrityRoutes(server, context);
}

/** The last outcome costs nothing to ask for; a run is asked for by name. */
function addIntegrityRoutes(server: ApiServer, { verifyRuns }: ApiContext): void {
  const closing = new AbortController();
  server.addHook('preClose', (done) => {
    // Also for those who asked already and were not let in yet.
    closing.abort();
    verifyRuns.halt();
    done();
  });
  server.get(ROUTES.integrity, { schema: integrityRoute }, async () =>
    presentIntegrityStatus(await verifyRuns.last(), verifyRuns.running),
  );
  server.post(ROUTES.integrity, { schema: verifyRoute }, async (_request, reply) =>
    presentIntegrity(await verifyRuns.join(AbortSignal.any([clientSignal(reply), closing.signal]))),
  );
}
