import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import {
  changeRoute,
  createRoute,
  listRoute,
  networkRoute,
  removeRoute,
  showRoute,
} from '#api/routes/owners/schemas.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { ROUTES } from '#contract/api/routes.js';
import type { Owner } from '#contract/labels/owner.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countOwners, findOwner, listOwners, type OwnerView } from '#store/groups/owners.js';
import { addOwner, assignNetwork, changeOwner, removeOwner } from '#work/edits/owners.js';

const OWNER_PATH = `${ROUTES.owners}/:id`;

export function addOwnerRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;

  server.get(ROUTES.owners, { schema: listRoute }, ({ query }) =>
    inSnapshot(read, async (snapshot) => {
      const views = await listOwners(snapshot, rowsOf(query));
      return presentPage(query, views.map(presentOwner), await countOwners(snapshot));
    }),
  );
  server.get(OWNER_PATH, { schema: showRoute }, async ({ params }) =>
    presentOwner(await findOwner(read, params.id)),
  );
  server.post(ROUTES.owners, { schema: createRoute }, async (request, reply) => {
    const { name, contact = null } = request.body;
    const owner = presentOwner(await addOwner(work, { name, contact, actor: actorOf(request) }));
    return reply.code(201).header('location', ROUTES.owner(owner.id)).send(owner);
  });
  server.patch(OWNER_PATH, { schema: changeRoute }, async (request) =>
    presentOwner(
      await changeOwner(work, request.params.id, { input: request.body, actor: actorOf(request) }),
    ),
  );
  server.delete(OWNER_PATH, { schema: removeRoute }, async (request) =>
    presentOwner(await removeOwner(work, request.params.id, actorOf(request))),
  );
  server.put(`${ROUTES.networks}/:id/owner`, { schema: networkRoute }, (request) =>
    assignNetwork(work, {
      network: request.params.id,
      owner: request.body.owner,
      actor: actorOf(request),
    }),
  );
}

function presentOwner({ uid, name, contact, hosts, networks, createdBy, createdAt }: OwnerView): Owner {
  return {
    id: uid,
    name,
    contact,
    hosts,
    networks: [...networks],
    created_by: createdBy,
    created_at: createdAt.toISOString(),
  };
}
