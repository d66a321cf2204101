import type { ApiContext, ApiServer } from '#api/context.js';
import { readHost, readHostHistory, readHosts } from '#api/routes/hosts/queries.js';
import { historyRoute, listRoute, showRoute } from '#api/routes/hosts/schemas.js';
import { ROUTES } from '#contract/routes.js';

export function addHostRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;
  server.get(ROUTES.hosts, { schema: listRoute }, (request) => readHosts(read, request.query));
  server.get(`${ROUTES.hosts}/:id`, { schema: showRoute }, (request) =>
    readHost(read, request.params.id, request.query),
  );
  server.get(`${ROUTES.hosts}/:id/history`, { schema: historyRoute }, (request) =>
    readHostHistory(read, request.params.id, request.query),
  );
}
