import type { FastifyReply } from 'fastify';
import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { MAX_SCAN_BODY_BYTES } from '#api/http/body.js';
import { clientSignal } from '#api/http/client-signal.js';
import { presentDiscoveryPlan } from '#api/routes/discovery/presenter.js';
import { readDiscovery, readDiscoveryResults } from '#api/routes/discovery/queries.js';
import { toDiscoveryOrder } from '#api/routes/discovery/request.js';
import {
  compareRoute,
  diffRoute,
  discoverNetworkRoute,
  listRoute,
  localNetworksRoute,
  networkRunsRoute,
  planRoute,
  resultsRoute,
  showRoute,
  startRoute,
  stopRoute,
} from '#api/routes/discovery/schemas.js';
import { readScanDiff } from '#api/routes/scans/diff.js';
import { readScans } from '#api/routes/scans/queries.js';
import { ROUTES } from '#contract/api/routes.js';
import { NETWORK_PREFIX } from '#domain/targets/parse-target.js';
import { findNetworkView } from '#store/networks/networks.js';
import { prepareDiscovery } from '#work/discovery/prepare-discovery.js';
import { type DiscoveryOrder, startDiscovery } from '#work/discovery/start-discovery.js';
import { countExcluded } from '#work/exclusions/excluded-targets.js';
import { stopScan } from '#work/scans/stop-scan.js';

const RUN_PATH = `${ROUTES.discovery}/:id`;
const NETWORK_PATH = `${ROUTES.networks}/:id`;

export function addDiscoveryRoutes(server: ApiServer, context: ApiContext): void {
  addReadingRoutes(server, context);
  addNetworkRoutes(server, context);
  const { work } = context;
  const { read } = work.store;
  const bodyLimit = MAX_SCAN_BODY_BYTES;

  server.post(ROUTES.discovery, { bodyLimit, schema: startRoute }, async (request, reply) =>
    reply.code(201).send(await start(context, toDiscoveryOrder(request.body, actorOf(request)), reply)),
  );
  server.post(ROUTES.discoveryPlan, { bodyLimit, schema: planRoute }, async (request, reply) => {
    const order = toDiscoveryOrder(request.body, actorOf(request));
    const prepared = await prepareDiscovery(work, order, clientSignal(reply));
    return presentDiscoveryPlan(order, prepared, await countExcluded(work, prepared));
  });
  server.post(`${RUN_PATH}/stop`, { schema: stopRoute }, async (request) => {
    await readDiscovery(read, request.params.id);
    await stopScan(work, request.params.id);
    return readDiscovery(read, request.params.id);
  });
}

async function start({ work }: ApiContext, order: DiscoveryOrder, reply: FastifyReply) {
  const uid = await startDiscovery(work, order, clientSignal(reply));
  void reply.header('location', ROUTES.discoveryRun(uid));
  return readDiscovery(work.store.read, uid);
}

function addReadingRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;

  server.get(ROUTES.discovery, { schema: listRoute }, ({ query }) =>
    readScans(read, { ...query, kind: 'discovery' }),
  );
  server.get(ROUTES.discoveryCompare, { schema: compareRoute }, async ({ query }) => {
    const { run_a, run_b, ...page } = query;
    await readDiscovery(read, run_a);
    await readDiscovery(read, run_b);
    return readScanDiff(read, run_b, { ...page, against: run_a });
  });
  server.get(ROUTES.localNetworks, { schema: localNetworksRoute }, () => ({
    data: work.localNetworks().map((network) => ({ ...network })),
  }));
  server.get(RUN_PATH, { schema: showRoute }, ({ params }) => readDiscovery(read, params.id));
  server.get(`${RUN_PATH}/results`, { schema: resultsRoute }, ({ params, query }) =>
    readDiscoveryResults(read, params.id, query),
  );
  server.get(`${RUN_PATH}/diff`, { schema: diffRoute }, async ({ params, query }) => {
    await readDiscovery(read, params.id);
    return readScanDiff(read, params.id, query);
  });
}

function addNetworkRoutes(server: ApiServer, context: ApiContext): void {
  const { read } = context.work.store;

  server.post(`${NETWORK_PATH}/discover`, { schema: discoverNetworkRoute }, async (request, reply) => {
    const { name, site } = await findNetworkView(read, request.params.id);
    const wanted = { ...request.body, networks: [`${NETWORK_PREFIX}${name}`], site, add_networks: false };
    return reply.code(201).send(await start(context, toDiscoveryOrder(wanted, actorOf(request)), reply));
  });
  server.get(`${NETWORK_PATH}/discovery`, { schema: networkRunsRoute }, async ({ params, query }) => {
    await findNetworkView(read, params.id);
    return readScans(read, { ...query, kind: 'discovery' }, { networkUid: params.id });
  });
}
