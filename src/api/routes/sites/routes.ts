import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { presentSite } from '#api/routes/sites/presenter.js';
import { changeRoute, createRoute, listRoute, removeRoute, showRoute } from '#api/routes/sites/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countSites, findSiteView, listSiteViews } from '#store/sites/sites.js';
import { addSite, changeSite, removeSite } from '#work/sites/sites.js';

const SITE_PATH = `${ROUTES.sites}/:id`;

export function addSiteRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;

  server.get(ROUTES.sites, { schema: listRoute }, ({ query }) =>
    inSnapshot(read, async (snapshot) => {
      const views = await listSiteViews(snapshot, rowsOf(query));
      return presentPage(query, views.map(presentSite), await countSites(snapshot));
    }),
  );
  server.get(SITE_PATH, { schema: showRoute }, async ({ params }) =>
    presentSite(await findSiteView(read, params.id)),
  );

  server.post(ROUTES.sites, { schema: createRoute }, async (request, reply) => {
    const site = presentSite(await addSite(work, request.body.name, actorOf(request)));
    return reply.code(201).header('location', ROUTES.site(site.id)).send(site);
  });

  server.patch(SITE_PATH, { schema: changeRoute }, async (request) => {
    const { name, scope, scope_add, expected_scope } = request.body;
    const change = { name, scope, scopeAdd: scope_add, expectedScope: expected_scope };
    const site = await changeSite(work, request.params.id, { change, actor: actorOf(request) });
    return { ...presentSite(site), failing_schedules: [...site.failingSchedules] };
  });

  server.delete(SITE_PATH, { schema: removeRoute }, async (request, reply) => {
    await removeSite(work, request.params.id, actorOf(request));
    return reply.code(204).send();
  });
}
