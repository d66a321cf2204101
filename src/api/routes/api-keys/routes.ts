import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { presentApiKey } from '#api/routes/api-keys/presenter.js';
import { createRoute, listRoute, revokeRoute } from '#api/routes/api-keys/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { listApiKeys } from '#store/access/access.js';
import { createApiKey, revokeApiKey } from '#work/access/api-keys.js';

export function addApiKeyRoutes(server: ApiServer, { work }: ApiContext): void {
  server.get(ROUTES.apiKeys, { schema: listRoute }, async () => ({
    data: (await listApiKeys(work.store.read)).map(presentApiKey),
  }));

  server.post(ROUTES.apiKeys, { schema: createRoute }, async (request, reply) => {
    const { name, expires_at } = request.body;
    const expiresAt = expires_at === undefined ? null : new Date(expires_at);
    const { row, key } = await createApiKey(work, { name, expiresAt, actor: actorOf(request) });
    return reply.code(201).send({ ...presentApiKey(row), key });
  });

  server.delete(`${ROUTES.apiKeys}/:id`, { schema: revokeRoute }, async (request, reply) => {
    await revokeApiKey(work, request.params.id, actorOf(request));
    return reply.code(204).send();
  });
}
