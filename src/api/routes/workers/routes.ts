import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { presentWorker } from '#api/routes/workers/presenter.js';
import { drainRoute, listRoute, removeRoute, resumeRoute, showRoute } from '#api/routes/workers/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countWorkers, findWorkerView, listWorkerViews } from '#store/workers/worker-views.js';
import { drain, removeWorker, undrain } from '#work/workers/workers.js';

const WORKER_PATH = `${ROUTES.workers}/:id`;

export function addWorkerRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;

  server.get(ROUTES.workers, { schema: listRoute }, ({ query }) =>
    inSnapshot(read, async (snapshot) => {
      const views = await listWorkerViews(snapshot, query.all, rowsOf(query));
      return presentPage(query, views.map(presentWorker), await countWorkers(snapshot, query.all));
    }),
  );
  server.get(WORKER_PATH, { schema: showRoute }, async ({ params }) =>
    presentWorker(await findWorkerView(read, params.id)),
  );
  server.post(`${WORKER_PATH}/drain`, { schema: drainRoute }, async (request) => {
    const { worker, isReplaced } = await drain(work, request.params.id, actorOf(request));
    return { ...presentWorker(worker), replaced: isReplaced };
  });
  server.post(`${WORKER_PATH}/resume`, { schema: resumeRoute }, async (request) =>
    presentWorker(await undrain(work, request.params.id, actorOf(request))),
  );
  server.delete(WORKER_PATH, { schema: removeRoute }, async (request, reply) => {
    await removeWorker(work, request.params.id, actorOf(request));
    return reply.code(204).send();
  });
}
