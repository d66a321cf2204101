import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { hostUidOf, readHost, readHostHistory, readHosts } from '#api/routes/hosts/queries.js';
import {
  changeRoute,
  deleteRoute,
  historyRoute,
  listRoute,
  purgeRoute,
  restoreRoute,
  scansRoute,
  showRoute,
} from '#api/routes/hosts/schemas.js';
import { readScans } from '#api/routes/scans/queries.js';
import { ROUTES } from '#contract/api/routes.js';
import { deleteHost, purgeHost, restoreHost } from '#work/hosts/delete-host.js';
import { changeHost } from '#work/hosts/edit-host.js';

const HOST_PATH = `${ROUTES.hosts}/:id`;

export function addHostRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;
  const now = () => new Date(work.clock.now());
  const shown = (uid: string) => readHost(read, uid, { now: now() });
  server.get(ROUTES.hosts, { schema: listRoute }, (request) =>
    readHosts(read, request.query, work.clock.now()),
  );
  server.get(HOST_PATH, { schema: showRoute }, ({ params, query }) =>
    readHost(read, params.id, { ...query, now: now() }),
  );
  server.get(`${HOST_PATH}/history`, { schema: historyRoute }, (request) =>
    readHostHistory(read, request.params.id, request.query),
  );
  server.get(`${HOST_PATH}/scans`, { schema: scansRoute }, async ({ params, query }) =>
    readScans(read, query, { hostUid: await hostUidOf(read, params.id) }),
  );

  server.patch(HOST_PATH, { schema: changeRoute }, async (request) => {
    const uid = await hostUidOf(read, request.params.id);
    const { custom_name: customName, ignored, down_after_misses, gone_after_days } = request.body;
    const input = { customName, ignored, downAfterMisses: down_after_misses, goneAfterDays: gone_after_days };
    const edit = await changeHost(work, uid, { input, actor: actorOf(request) });
    return { ...(await shown(uid)), edit };
  });
  server.delete(HOST_PATH, { schema: deleteRoute }, async (request) => {
    const uid = await hostUidOf(read, request.params.id);
    await deleteHost(work, uid, actorOf(request));
    return shown(uid);
  });
  server.post(`${HOST_PATH}/restore`, { schema: restoreRoute }, async (request) => {
    const uid = await hostUidOf(read, request.params.id);
    const restored = await restoreHost(work, uid, actorOf(request));
    return { ...(await shown(uid)), restored };
  });
  server.post(`${HOST_PATH}/purge`, { schema: purgeRoute }, async (request, reply) => {
    await purgeHost(work, await hostUidOf(read, request.params.id), actorOf(request));
    return reply.code(204).send();
  });
}
