import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { presentEdit, presentOutcome, presentUndone } from '#api/routes/host-edits/presenter.js';
import {
  addNoteRoute,
  addTagsRoute,
  bulkRoute,
  bulkTagsRoute,
  editsRoute,
  removeNoteRoute,
  removeTagsRoute,
  setFieldsRoute,
  setOwnerRoute,
  setTagsRoute,
  undoRoute,
} from '#api/routes/host-edits/schemas.js';
import { hostUidOf } from '#api/routes/hosts/queries.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { namedOrFound } from '#api/routes/selection.js';
import { ROUTES } from '#contract/api/routes.js';
import type { bulkEditSchema } from '#contract/hosts/edit.js';
import { readFilter } from '#domain/filter/read.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countEdits, listEdits } from '#store/edits/edits.js';
import { assertNamesThere } from '#store/filter/filter-names.js';
import { tagsOf } from '#store/groups/annotations.js';
import { findHostByUid } from '#store/hosts/host-views.js';
import type { WorkContext } from '#work/context/context.js';
import { undoEdit } from '#work/edits/undo-edit.js';
import { editHosts, type HostSelection } from '#work/hosts/edit-hosts.js';
import type { HostEditInput, MembershipInput } from '#work/hosts/host-edit-request.js';
import { removeNote } from '#work/hosts/notes.js';

const HOST_PATH = `${ROUTES.hosts}/:id`;
const TAGS_PATH = `${HOST_PATH}/tags`;

export function addHostEditRoutes(server: ApiServer, context: ApiContext): void {
  addBulkRoutes(server, context);
  addTaggingRoutes(server, context);
  const { work } = context;

  server.post(`${HOST_PATH}/notes`, { schema: addNoteRoute }, async (request, reply) =>
    reply.code(201).send(await editOne(work, request, { note: request.body.text })),
  );
  server.delete(`${HOST_PATH}/notes/:note`, { schema: removeNoteRoute }, async (request) => {
    const host = await hostUidOf(work.store.read, request.params.id);
    return presentOutcome(
      await removeNote(work, { host, note: request.params.note, actor: actorOf(request) }),
    );
  });
  server.put(`${HOST_PATH}/owner`, { schema: setOwnerRoute }, (request) =>
    editOne(work, request, { owner: request.body.owner }),
  );
  server.put(`${HOST_PATH}/fields`, { schema: setFieldsRoute }, (request) =>
    editOne(work, request, { fields: request.body }),
  );
}

function addBulkRoutes(server: ApiServer, { work }: ApiContext): void {
  server.post(ROUTES.bulkEdit, { schema: bulkRoute }, async (request) =>
    editMany(work, request, request.body.change),
  );
  server.post(ROUTES.bulkTags, { schema: bulkTagsRoute }, async (request) =>
    editMany(work, request, { tags: { [request.body.action]: request.body.tags } }),
  );
  server.get(ROUTES.hostEdits, { schema: editsRoute }, ({ query }) =>
    inSnapshot(work.store.read, async (snapshot) => {
      const views = await listEdits(snapshot, rowsOf(query), query.id_prefix);
      return presentPage(query, views.map(presentEdit), await countEdits(snapshot, query.id_prefix));
    }),
  );
  server.post(`${ROUTES.hostEdits}/:id/undo`, { schema: undoRoute }, async (request) =>
    presentUndone(await undoEdit(work, request.params.id, actorOf(request))),
  );
}

type BulkRequest = Pick<FastifyRequest, 'identity'> & {
  readonly body: Pick<z.output<typeof bulkEditSchema>, 'host_ids' | 'filter' | 'dry_run' | 'expected'>;
};

async function editMany(work: WorkContext, request: BulkRequest, input: HostEditInput) {
  const { dry_run: dryRun, expected, filter } = request.body;
  const hosts = selectionOf(request.body);
  if (filter !== undefined) await assertNamesThere(work.store.read, filter);
  const order = { hosts, input, actor: actorOf(request), dryRun, expected };
  const outcome = await editHosts(work, order);
  return { ...presentOutcome(outcome, dryRun), digest: outcome.digest };
}

function selectionOf({ host_ids: ids, filter }: BulkRequest['body']): HostSelection {
  const probed = namedOrFound({ noun: 'Hosts', member: 'host_ids', ids, filter });
  return probed.filter === undefined ? { uids: probed.uids } : { matching: readFilter(probed.filter) };
}

function addTaggingRoutes(server: ApiServer, { work }: ApiContext): void {
  const tag = (request: HostRequest, tags: MembershipInput) => tagOne(work, request, tags);
  server.put(TAGS_PATH, { schema: setTagsRoute }, (request) => tag(request, { set: request.body.tags }));
  server.post(TAGS_PATH, { schema: addTagsRoute }, (request) => tag(request, { add: request.body.tags }));
  server.delete(TAGS_PATH, { schema: removeTagsRoute }, (request) =>
    tag(request, { remove: request.body.tags }),
  );
}

type HostRequest = Pick<FastifyRequest, 'identity'> & { readonly params: { readonly id: string } };

async function editOne(work: WorkContext, request: HostRequest, input: HostEditInput) {
  const uid = await hostUidOf(work.store.read, request.params.id);
  return presentOutcome(await editHosts(work, { hosts: { uids: [uid] }, input, actor: actorOf(request) }));
}

async function tagOne(work: WorkContext, request: HostRequest, tags: MembershipInput) {
  const uid = await hostUidOf(work.store.read, request.params.id);
  const { edit } = await editHosts(work, {
    hosts: { uids: [uid] },
    input: { tags },
    actor: actorOf(request),
  });
  const host = await findHostByUid(work.store.read, uid);
  const standing = host === undefined ? [] : await tagsOf(work.store.read, [host.id]);
  return { tags: standing.map(({ name }) => name), edit };
}
