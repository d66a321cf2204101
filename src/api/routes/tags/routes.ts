import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { presentOutcome } from '#api/routes/host-edits/presenter.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { presentTag } from '#api/routes/tags/presenter.js';
import { changeRoute, createRoute, listRoute, removeRoute, showRoute } from '#api/routes/tags/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countTags, findTag, listTags } from '#store/tags/tags.js';
import { addTag, changeTag, removeTag } from '#work/edits/tags.js';

const TAG_PATH = `${ROUTES.tags}/:id`;

export function addTagRoutes(server: ApiServer, { work }: ApiContext): void {
  server.get(ROUTES.tags, { schema: listRoute }, ({ query }) =>
    inSnapshot(work.store.read, async (snapshot) => {
      const views = await listTags(snapshot, rowsOf(query));
      return presentPage(query, views.map(presentTag), await countTags(snapshot));
    }),
  );
  server.get(TAG_PATH, { schema: showRoute }, async ({ params }) =>
    presentTag(await findTag(work.store.read, params.id)),
  );
  server.post(ROUTES.tags, { schema: createRoute }, async (request, reply) => {
    const { name, color } = request.body;
    const tag = presentTag(await addTag(work, { name, color, actor: actorOf(request) }));
    return reply.code(201).header('location', ROUTES.tag(tag.name)).send(tag);
  });
  server.patch(TAG_PATH, { schema: changeRoute }, async (request) =>
    presentTag(await changeTag(work, request.params.id, { input: request.body, actor: actorOf(request) })),
  );
  server.delete(TAG_PATH, { schema: removeRoute }, async (request) => {
    const removal = await removeTag(work, request.params.id, actorOf(request));
    return { ...presentOutcome(removal), scans_changed: removal.scansChanged };
  });
}
