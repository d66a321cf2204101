import type { ApiContext, ApiServer } from '#api/context.js';
import { readHost, readHosts } from '#api/routes/hosts/queries.js';
import { listRoute, showRoute } from '#api/routes/hosts/schemas.js';
import { ROUTES } from '#contract/routes.js';

export function addHostRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;
  server.get(ROUTES.hosts, { schema: listRoute }, (request) => readHosts(read, request.query));
  server.get(`${ROUTES.hosts}/:id`, { schema: showRoute }, (request) => readHost(read, request.params.id));
}
