import websocket from '@fastify/websocket';
import { z } from 'zod';
import { ownerOfCredential } from '#api/auth/credential.js';
import { identityOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { BatchedEvents } from '#api/live/batched-events.js';
import { LiveClients, MAX_LIVE_CLIENTS } from '#api/live/clients.js';
import { ScanEvents } from '#api/live/scan-events.js';
import { findScan } from '#api/routes/scans/queries.js';
import type { LiveMessage } from '#contract/api/live.js';
import { ROUTES } from '#contract/api/routes.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isHostEvent, isScheduleEvent, isWorkerEvent } from '#domain/events/event-kind.js';

/** Clients only listen; more than this from one ends its connection. */
const MAX_CLIENT_MESSAGE_BYTES = 1_024;

/** The WebSocket plugin, which must be there before the guard: the guard asks whether a request is an upgrade. */
export async function acceptWebSockets(server: ApiServer): Promise<void> {
  await server.register(websocket, {
    options: { maxPayload: MAX_CLIENT_MESSAGE_BYTES },
    errorHandler: (_error, socket) => socket.terminate(),
    // Clients are let go by `serveLive`; the plugin's own way waits for the slowest of them.
    preClose: (done) => done(),
  });
  server.addHook('onRequest', (request, _reply, done) => {
    const isElsewhere = request.ws && request.routeOptions.url !== ROUTES.live;
    done(
      isElsewhere
        ? new ScanoramaError('invalid_request', `Only ${ROUTES.live} speaks WebSocket.`)
        : undefined,
    );
  });
}

/** `GET /api/v1/live`: what happens to scans and hosts, as it is committed. */
export function serveLive(server: ApiServer, context: ApiContext): void {
  const { store, log } = context.work;
  const clients = new LiveClients({
    mayRemain: async (credential) => (await ownerOfCredential(store.read, credential)) !== undefined,
    log,
  });
  const events = new ScanEvents({
    read: (uid) => findScan(store.read, uid),
    report: (scan) => clients.report({ type: 'scan', scan }),
    publishPurged: (id) => clients.report({ type: 'scan_purged', id }),
    isWanted: () => clients.size > 0,
    log,
  });
  const hostEvents = new BatchedEvents({
    report: () => clients.report({ type: 'hosts' }),
    isWanted: () => clients.size > 0,
  });
  const scheduleEvents = new BatchedEvents({
    report: () => clients.report({ type: 'schedules' }),
    isWanted: () => clients.size > 0,
  });
  const workerEvents = new BatchedEvents({
    report: () => clients.report({ type: 'workers' }),
    isWanted: () => clients.size > 0,
  });
  const unsubscribe = context.announcements.subscribe(({ kind, scan }) => {
    if (scan !== null) events.announce(scan);
    if (isHostEvent(kind)) hostEvents.announce();
    if (isScheduleEvent(kind)) scheduleEvents.announce();
    if (isWorkerEvent(kind)) workerEvents.announce();
  });
  server.addHook('preClose', async () => {
    unsubscribe();
    events.close();
    hostEvents.close();
    scheduleEvents.close();
    workerEvents.close();
    await clients.close();
    server.websocketServer.close();
  });
  addRoute(server, context, clients);
}

function addRoute(server: ApiServer, context: ApiContext, clients: LiveClients): void {
  const hello: LiveMessage = { type: 'hello', version: context.version };
  server.route({
    method: 'GET',
    url: ROUTES.live,
    exposeHeadRoute: false,
    schema: {
      operationId: 'live',
      summary: 'What happens to scans and hosts, as it is committed (WebSocket)',
      description:
        'Sends `{"type":"hello","version":…}`, then `{"type":"scan","scan":…}` whenever a scan changed, `{"type":"scan_purged","id":…}` when one is gone for ever, `{"type":"hosts"}` when hosts went, came, or were edited, deleted, restored or purged, `{"type":"schedules"}` when a schedule or one of its runs changed, and `{"type":"workers"}` when workers came, went or were drained. Clients only listen.',
      tags: ['live'],
      response: { 101: z.undefined().describe('The connection becomes a WebSocket.') },
    },
    preHandler: (request, _reply, done) => done(refusalOf(request.ws, clients.size)),
    handler: () => undefined,
    wsHandler: (socket, request) => {
      clients.add(socket, identityOf(request).credential);
      socket.send(JSON.stringify(hello));
    },
  });
}

function refusalOf(isUpgrade: boolean, clients: number): ScanoramaError | undefined {
  if (!isUpgrade)
    return new ScanoramaError('invalid_request', 'This path speaks WebSocket: ask for an upgrade.');
  if (clients < MAX_LIVE_CLIENTS) return undefined;
  return new ScanoramaError('rate_limited', `There are ${MAX_LIVE_CLIENTS} live clients already.`, {
    hint: 'Ask again later, or read /api/v1/scans from time to time.',
  });
}
