import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { presentProfile } from '#api/routes/profiles/presenter.js';
import { readProfile, readProfileStats, readProfiles } from '#api/routes/profiles/queries.js';
import {
  changeRoute,
  cloneRoute,
  createRoute,
  listRoute,
  removeRoute,
  showRoute,
  statsRoute,
} from '#api/routes/profiles/schemas.js';
import { toSettingChanges } from '#api/routes/setting-changes.js';
import { ROUTES } from '#contract/api/routes.js';
import { changeProfile, cloneProfile, createProfile, removeProfile } from '#work/profiles/profiles.js';

const PROFILE_PATH = `${ROUTES.profiles}/:id`;

export function addProfileRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;

  server.get(ROUTES.profiles, { schema: listRoute }, ({ query }) => readProfiles(read, query));
  server.get(PROFILE_PATH, { schema: showRoute }, ({ params }) => readProfile(read, params.id));
  server.get(`${PROFILE_PATH}/stats`, { schema: statsRoute }, ({ params }) =>
    readProfileStats(read, params.id),
  );

  server.post(ROUTES.profiles, { schema: createRoute }, async (request, reply) => {
    const { name, description = null, from_scan: fromScan, ...given } = request.body;
    const order = { name, description, fromScan, changes: toSettingChanges(given), actor: actorOf(request) };
    const profile = presentProfile(await createProfile(work, order));
    return reply.code(201).header('location', ROUTES.profile(profile.id)).send(profile);
  });

  server.post(`${PROFILE_PATH}/clone`, { schema: cloneRoute }, async (request, reply) => {
    const order = { ...request.body, actor: actorOf(request) };
    const profile = presentProfile(await cloneProfile(work, request.params.id, order));
    return reply.code(201).header('location', ROUTES.profile(profile.id)).send(profile);
  });

  server.put(PROFILE_PATH, { schema: changeRoute }, async (request) => {
    const { name, description, ...given } = request.body;
    const change = { name, description, settings: toSettingChanges(given), actor: actorOf(request) };
    return presentProfile(await changeProfile(work, request.params.id, change));
  });

  server.delete(PROFILE_PATH, { schema: removeRoute }, async (request, reply) => {
    await removeProfile(work, request.params.id, actorOf(request));
    return reply.code(204).send();
  });
}
