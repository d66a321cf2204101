import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import {
  addHostsRoute,
  changeRoute,
  createRoute,
  hostsRoute,
  listRoute,
  removeHostsRoute,
  removeRoute,
  showRoute,
} from '#api/routes/groups/schemas.js';
import { presentOutcome } from '#api/routes/host-edits/presenter.js';
import { readGroupHosts } from '#api/routes/hosts/queries.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { ROUTES } from '#contract/api/routes.js';
import type { Group } from '#contract/labels/group.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countMembers } from '#store/groups/group-members.js';
import { findGroup, type GroupView, listGroups } from '#store/groups/host-groups.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { addGroup, changeGroup, removeGroup } from '#work/edits/groups.js';
import { editHosts } from '#work/hosts/edit-hosts.js';

const GROUP_PATH = `${ROUTES.groups}/:id`;
const HOSTS_PATH = `${GROUP_PATH}/hosts`;

export function addGroupRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;
  const now = () => new Date(work.clock.now());
  const shown = (text: string) =>
    inSnapshot(read, async (snapshot) => {
      const group = await findGroup(snapshot, text);
      return presentGroup(group, await countMembers(snapshot, [group], now()));
    });

  server.get(ROUTES.groups, { schema: listRoute }, ({ query }) =>
    inSnapshot(read, async (snapshot) => {
      const groups = await listGroups(snapshot);
      const { limit, offset } = rowsOf(query);
      const page = groups.slice(offset, offset + limit);
      const counts = await countMembers(snapshot, page, now());
      return presentPage(
        query,
        page.map((group) => presentGroup(group, counts)),
        groups.length,
      );
    }),
  );
  server.get(GROUP_PATH, { schema: showRoute }, ({ params }) => shown(params.id));
  server.post(ROUTES.groups, { schema: createRoute }, async (request, reply) => {
    const { uid } = await addGroup(work, { ...request.body, actor: actorOf(request) });
    return reply
      .code(201)
      .header('location', ROUTES.group(uid))
      .send(await shown(uid));
  });
  server.put(GROUP_PATH, { schema: changeRoute }, async (request) => {
    const order = { input: request.body, actor: actorOf(request) };
    return shown((await changeGroup(work, request.params.id, order)).uid);
  });
  server.delete(GROUP_PATH, { schema: removeRoute }, async (request) =>
    presentOutcome(await removeGroup(work, request.params.id, actorOf(request))),
  );

  server.get(HOSTS_PATH, { schema: hostsRoute }, async ({ params, query }) => {
    const { name } = await findGroup(read, params.id);
    return readGroupHosts(read, query, { group: name, nowMs: work.clock.now() });
  });
  server.post(HOSTS_PATH, { schema: addHostsRoute }, (request) =>
    editMembers(work, { add: [request.params.id] }, { ...request.body, actor: actorOf(request) }),
  );
  server.delete(HOSTS_PATH, { schema: removeHostsRoute }, (request) =>
    editMembers(work, { remove: [request.params.id] }, { ...request.body, actor: actorOf(request) }),
  );
}

async function editMembers(
  work: WorkContext,
  groups: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  { host_ids: uids, actor }: { readonly host_ids: readonly string[]; readonly actor: Actor },
) {
  return presentOutcome(await editHosts(work, { hosts: { uids }, input: { groups }, actor }));
}

/** `counts` are the members that each has now, by its id. */
function presentGroup(group: GroupView, counts: ReadonlyMap<number, number>): Group {
  return {
    id: group.uid,
    name: group.name,
    description: group.description,
    color: group.color,
    kind: group.kind,
    rule: group.ruleText,
    hosts: counts.get(group.id) ?? 0,
    created_by: group.createdBy,
    created_at: group.createdAt.toISOString(),
    updated_by: group.updatedBy,
    updated_at: group.updatedAt.toISOString(),
  };
}
