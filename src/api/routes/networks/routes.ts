import type { z } from 'zod';
import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { clientSignal } from '#api/http/client-signal.js';
import { presentExclusion } from '#api/routes/exclusions/presenter.js';
import { readExclusions } from '#api/routes/exclusions/queries.js';
import { presentRemoval, presentStats } from '#api/routes/networks/presenter.js';
import { networkShown, networksShown } from '#api/routes/networks/queries.js';
import {
  bulkRemoveRoute,
  changeRoute,
  createRoute,
  excludeRoute,
  exclusionsRoute,
  listRoute,
  removeRoute,
  showRoute,
  statsRoute,
} from '#api/routes/networks/schemas.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { namedOrFound } from '#api/routes/selection.js';
import { ROUTES } from '#contract/api/routes.js';
import type { bulkNetworkRemovalSchema } from '#contract/networks/bulk.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { exclusionsInForce } from '#store/networks/exclusions.js';
import { networkStats } from '#store/networks/network-stats.js';
import {
  countNetworks,
  findNetworkView,
  listNetworkViews,
  type NetworkFilter,
} from '#store/networks/networks.js';
import { assertSiteNamed } from '#store/sites/sites.js';
import type { Selection } from '#work/context/selection.js';
import { addExclusion } from '#work/exclusions/exclusions.js';
import { addNetwork, changeNetwork, removeNetwork } from '#work/networks/networks.js';
import { removeNetworks } from '#work/networks/remove-networks.js';

const NETWORK_PATH = `${ROUTES.networks}/:id`;

export function addNetworkRoutes(server: ApiServer, context: ApiContext): void {
  addReadingRoutes(server, context);
  const { work } = context;

  server.post(ROUTES.networks, { schema: createRoute }, async (request, reply) => {
    const { description = null, ...wanted } = request.body;
    const view = await addNetwork(work, { ...wanted, description, actor: actorOf(request) });
    const network = await networkShown(work.store.read, view);
    return reply.code(201).header('location', ROUTES.network(view.uid)).send(network);
  });

  server.patch(NETWORK_PATH, { schema: changeRoute }, async (request) => {
    const { down_after_misses: downAfterMisses, gone_after_days: goneAfterDays, ...given } = request.body;
    const parts = { input: { ...given, downAfterMisses, goneAfterDays }, actor: actorOf(request) };
    const view = await changeNetwork(work, request.params.id, parts);
    return { ...(await networkShown(work.store.read, view)), failing_schedules: [...view.failingSchedules] };
  });

  server.delete(NETWORK_PATH, { schema: removeRoute }, async (request, reply) => {
    await removeNetwork(work, request.params.id, actorOf(request));
    return reply.code(204).send();
  });

  server.post(ROUTES.bulkNetworkRemoval, { schema: bulkRemoveRoute }, async (request, reply) => {
    const { dry_run: dryRun } = request.body;
    const which = selectionOf(request.body);
    const signal = clientSignal(reply);
    const order = { which, actor: actorOf(request), dryRun, signal };
    return presentRemoval(await removeNetworks(work, order), dryRun);
  });

  server.post(`${NETWORK_PATH}/exclusions`, { schema: excludeRoute }, async (request, reply) => {
    const { address, reason = null } = request.body;
    const order = { address, reason, site: undefined, network: request.params.id, actor: actorOf(request) };
    return reply.code(201).send(presentExclusion(await addExclusion(work, order)));
  });
}

function selectionOf(body: z.output<typeof bulkNetworkRemovalSchema>): Selection<NetworkFilter> {
  const { network_ids: ids, filter, only_ids: only } = body;
  const probed = namedOrFound({ noun: 'Networks', member: 'network_ids', ids, filter, only });
  if (probed.filter === undefined) return { uids: probed.uids };
  return { matching: probed.filter, only: probed.only };
}

function addReadingRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;

  server.get(ROUTES.networks, { schema: listRoute }, ({ query }) =>
    inSnapshot(read, async (snapshot) => {
      if (query.site !== undefined) await assertSiteNamed(snapshot, query.site);
      const views = await listNetworkViews(snapshot, query, rowsOf(query));
      const networks = await networksShown(snapshot, views);
      return presentPage(query, networks, await countNetworks(snapshot, query));
    }),
  );
  server.get(NETWORK_PATH, { schema: showRoute }, ({ params }) =>
    inSnapshot(read, async (snapshot) => networkShown(snapshot, await findNetworkView(snapshot, params.id))),
  );
  server.get(`${NETWORK_PATH}/stats`, { schema: statsRoute }, ({ params }) =>
    inSnapshot(read, async (snapshot) => {
      const view = await findNetworkView(snapshot, params.id);
      const inForce = await exclusionsInForce(snapshot, view.siteId);
      return presentStats(view, await networkStats(snapshot, view.id), inForce);
    }),
  );
  server.get(`${NETWORK_PATH}/exclusions`, { schema: exclusionsRoute }, ({ params, query }) =>
    inSnapshot(read, async (snapshot) => {
      await findNetworkView(snapshot, params.id);
      return readExclusions(snapshot, { networkUid: params.id }, query);
    }),
  );
}
