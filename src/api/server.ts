import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import createFastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { REMEMBERED_CLIENTS, tooManyAttempts } from '#api/auth/failure-limit.js';
import { guardRoutes } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { readJsonOnly } from '#api/http/body.js';
import { guardDatabase } from '#api/http/database-guard.js';
import { handleErrors } from '#api/http/errors.js';
import { frameOptions } from '#api/http/frame-options.js';
import { endWithLastAnswer } from '#api/http/last-responses.js';
import { traceRequests } from '#api/http/request-trace.js';
import { KnownPaths } from '#api/http/unknown-path.js';
import { validatorCompiler } from '#api/http/validation.js';
import { acceptWebSockets, serveLive } from '#api/live/route.js';
import { describeRoutes } from '#api/openapi/openapi.js';
import { addApiKeyRoutes } from '#api/routes/api-keys/routes.js';
import { addDeviceRoutes } from '#api/routes/devices/routes.js';
import { addDiscoveryRoutes } from '#api/routes/discovery/routes.js';
import { addDoctorRoutes } from '#api/routes/doctor/routes.js';
import { addExclusionRoutes } from '#api/routes/exclusions/routes.js';
import { addFieldRoutes } from '#api/routes/fields/routes.js';
import { addGroupRoutes } from '#api/routes/groups/routes.js';
import { addHealthRoutes } from '#api/routes/health/routes.js';
import { addHostEditRoutes } from '#api/routes/host-edits/routes.js';
import { addHostRoutes } from '#api/routes/hosts/routes.js';
import { addImportRoutes } from '#api/routes/imports/routes.js';
import { addMetricsRoute } from '#api/routes/metrics/routes.js';
import { addNetworkRoutes } from '#api/routes/networks/routes.js';
import { addOwnerRoutes } from '#api/routes/owners/routes.js';
import { addProfileRoutes } from '#api/routes/profiles/routes.js';
import { addScanBulkRoutes } from '#api/routes/scan-bulk/routes.js';
import { addScanRoutes } from '#api/routes/scans/routes.js';
import { addScheduleRoutes } from '#api/routes/schedules/routes.js';
import { addSearchRoutes } from '#api/routes/search/routes.js';
import { addSessionRoutes } from '#api/routes/session/routes.js';
import { addSettingRoutes } from '#api/routes/settings/routes.js';
import { addSiteRoutes } from '#api/routes/sites/routes.js';
import { addSmartScanRoutes } from '#api/routes/smart-scan/routes.js';
import { addTagRoutes } from '#api/routes/tags/routes.js';
import { addWorkerRoutes } from '#api/routes/workers/routes.js';
import { serveWebPages } from '#api/web-pages.js';
import { ROUTES } from '#contract/api/routes.js';

export type { ApiContext } from '#api/context.js';

const API_ALONE =
  'Scanorama is running. This installation has no web pages; the API under /api/v1 is described by /openapi.json.\n';
const METRICS_ALONE = `Scanorama is running, without the web interface. Its metrics are at ${ROUTES.metrics}.\n`;

/**
 * The HTTP face of Scanorama: API, live events, OpenAPI document and web pages. It is ready and does
 * not listen; it is used through `listen`, and through `inject` by a command in the same process.
 */
export async function createServer(context: ApiContext): Promise<FastifyInstance> {
  const server = await createGuarded(context);
  const paths = new KnownPaths();
  paths.watch(server);
  await describeRoutes(server, context);
  addRoutes(server, context);
  for (const url of ['/api', '/api/*']) refuseUnknown(server, url, paths);
  await serveWebPages(server, { webRoot: context.webRoot, instead: API_ALONE }, paths);
  await server.ready();
  return server;
}

/** The metrics alone, behind the same guard: of a program without the web interface. */
export async function createMetricsServer(context: ApiContext): Promise<FastifyInstance> {
  const server = await createGuarded(context);
  const paths = new KnownPaths();
  paths.watch(server);
  addMetricsRoute(server, context);
  await serveWebPages(server, { webRoot: null, instead: METRICS_ALONE }, paths);
  await server.ready();
  return server;
}

/** Without routes yet; whatever is added wants a credential unless it says otherwise. */
async function createGuarded(context: ApiContext): Promise<ApiServer> {
  const server = createFastify(frameOptions(context)).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  endWithLastAnswer(server);
  readJsonOnly(server);
  handleErrors(server, context);
  traceRequests(server, context);
  await addSafeguards(server);
  guardDatabase(server, context);
  guardRoutes(server, context);
  return server;
}

function addRoutes(server: ApiServer, context: ApiContext): void {
  addHealthRoutes(server, context);
  addDoctorRoutes(server, context);
  addMetricsRoute(server, context);
  addSessionRoutes(server, context);
  addApiKeyRoutes(server, context);
  addScanRoutes(server, context);
  addScanBulkRoutes(server, context);
  addSmartScanRoutes(server, context);
  addProfileRoutes(server, context);
  addScheduleRoutes(server, context);
  addDiscoveryRoutes(server, context);
  addHostRoutes(server, context);
  addHostEditRoutes(server, context);
  addDeviceRoutes(server, context);
  addTagRoutes(server, context);
  addGroupRoutes(server, context);
  addOwnerRoutes(server, context);
  addFieldRoutes(server, context);
  addImportRoutes(server, context);
  addSiteRoutes(server, context);
  addWorkerRoutes(server, context);
  addNetworkRoutes(server, context);
  addExclusionRoutes(server, context);
  addSettingRoutes(server, context);
  addSearchRoutes(server, context);
  serveLive(server, context);
}

/** Before the body is read: an unknown path is told as such whatever was sent to it. */
function refuseUnknown(server: ApiServer, url: string, paths: KnownPaths): void {
  const schema = { hide: true };
  server.all(
    url,
    { schema, onRequest: (request) => Promise.reject(paths.refusal(request)) },
    () => undefined,
  );
}

async function addSafeguards(server: ApiServer): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    // Whoever puts TLS in front says so there; over plain http the header means nothing.
    strictTransportSecurity: false,
  });
  await server.register(cookie);
  await server.register(rateLimit, {
    global: false,
    cache: REMEMBERED_CLIENTS,
    keyGenerator: ({ ip }) => (typeof ip === 'string' ? normalizeIP(ip) : 'private socket'),
    errorResponseBuilder: tooManyAttempts,
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    addHeaders: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
      'retry-after': true,
    },
  });
  await acceptWebSockets(server);
}

/** Pages run nothing but their own files; `'self'` covers the WebSocket of the same host. */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};
