import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import {
  presentDecided,
  presentDecision,
  presentDevice,
  presentSuggestions,
  readDevice,
} from '#api/routes/devices/presenter.js';
import {
  acceptRoute,
  decisionsRoute,
  dismissRoute,
  listRoute,
  mergeRoute,
  showRoute,
  splitRoute,
  suggestionsRoute,
  undoRoute,
} from '#api/routes/devices/schemas.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { ROUTES } from '#contract/api/routes.js';
import { DEVICE_KINDS } from '#domain/devices/device.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countDecisions, listDecisions } from '#store/devices/device-decisions.js';
import { countSuggestions, listSuggestions } from '#store/devices/device-suggestions.js';
import { countDevices, listDevices } from '#store/devices/device-views.js';
import { assertSiteNamed } from '#store/sites/sites.js';
import { answerSuggestion, mergeDevices, splitDevice, undoDecision } from '#work/devices/decide-devices.js';

const DEVICE_PATH = `${ROUTES.devices}/:id`;
const SUGGESTION_PATH = `${ROUTES.deviceSuggestions}/:id`;

export function addDeviceRoutes(server: ApiServer, context: ApiContext): void {
  addReadingRoutes(server, context);
  const { work } = context;

  server.post(ROUTES.mergeDevices, { schema: mergeRoute }, async (request) => {
    const { dry_run: dryRun, ...input } = request.body;
    return presentDecided(await mergeDevices(work, input, { actor: actorOf(request), dryRun }), dryRun);
  });
  server.post(`${DEVICE_PATH}/split`, { schema: splitRoute }, async (request) => {
    const { addresses: members, site, dry_run: dryRun } = request.body;
    const input = { device: request.params.id, site, members };
    return presentDecided(await splitDevice(work, input, { actor: actorOf(request), dryRun }), dryRun);
  });
  for (const accept of [true, false]) {
    const [path, schema] = accept ? (['accept', acceptRoute] as const) : (['dismiss', dismissRoute] as const);
    server.post(`${SUGGESTION_PATH}/${path}`, { schema }, async (request) => {
      const { dry_run: dryRun } = request.body;
      const answer = { uid: request.params.id, accept };
      return presentDecided(
        await answerSuggestion(work, answer, { actor: actorOf(request), dryRun }),
        dryRun,
      );
    });
  }
  server.post(`${ROUTES.deviceDecisions}/:id/undo`, { schema: undoRoute }, async (request) => {
    const { dry_run: dryRun } = request.body;
    const deciding = { actor: actorOf(request), dryRun };
    return presentDecided(await undoDecision(work, request.params.id, deciding), dryRun);
  });
}

function addReadingRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;
  server.get(ROUTES.devices, { schema: listRoute }, ({ query }) =>
    inSnapshot(read, async (snapshot) => {
      const { kind, site, search } = query;
      if (site !== undefined) await assertSiteNamed(snapshot, site);
      const counts = await countDevices(snapshot, { site, search });
      const devices = await listDevices(snapshot, { page: rowsOf(query), kind, site, search });
      const total =
        kind === undefined ? DEVICE_KINDS.reduce((sum, each) => sum + counts[each], 0) : counts[kind];
      return { ...presentPage(query, devices.map(presentDevice), total), counts };
    }),
  );
  server.get(ROUTES.deviceSuggestions, { schema: suggestionsRoute }, ({ query }) =>
    inSnapshot(read, async (snapshot) => {
      if (query.site !== undefined) await assertSiteNamed(snapshot, query.site);
      const views = await listSuggestions(snapshot, rowsOf(query), query.site);
      const total = await countSuggestions(snapshot, query.site);
      return presentPage(query, await presentSuggestions(snapshot, views), total);
    }),
  );
  server.get(ROUTES.deviceDecisions, { schema: decisionsRoute }, ({ query }) =>
    inSnapshot(read, async (snapshot) => {
      const decisions = await listDecisions(snapshot, rowsOf(query), query.id_prefix);
      return presentPage(
        query,
        decisions.map(presentDecision),
        await countDecisions(snapshot, query.id_prefix),
      );
    }),
  );
  server.get(DEVICE_PATH, { schema: showRoute }, ({ params, query }) =>
    inSnapshot(read, (snapshot) => readDevice(snapshot, { term: params.id, site: query.site })),
  );
}
