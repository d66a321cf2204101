import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { presentExclusion } from '#api/routes/exclusions/presenter.js';
import { readExclusions } from '#api/routes/exclusions/queries.js';
import { createRoute, listRoute, removeRoute } from '#api/routes/exclusions/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { siteIdByName } from '#store/sites/sites.js';
import { addExclusion, removeExclusion } from '#work/exclusions/exclusions.js';

export function addExclusionRoutes(server: ApiServer, { work }: ApiContext): void {
  server.get(ROUTES.exclusions, { schema: listRoute }, async ({ query }) => {
    const { read } = work.store;
    // What holds everywhere would pass for what holds at a site that is not there.
    if (query.site !== undefined) await siteIdByName(read, query.site);
    return inSnapshot(read, (snapshot) => readExclusions(snapshot, query, query));
  });

  server.post(ROUTES.exclusions, { schema: createRoute }, async (request, reply) => {
    const { address, site, network, reason = null } = request.body;
    const order = { address, site, network, reason, actor: actorOf(request) };
    return reply.code(201).send(presentExclusion(await addExclusion(work, order)));
  });

  server.delete(`${ROUTES.exclusions}/:id`, { schema: removeRoute }, async (request, reply) => {
    await removeExclusion(work, request.params.id, actorOf(request));
    return reply.code(204).send();
  });
}
