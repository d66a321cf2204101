import swagger, { type SwaggerTransform } from '@fastify/swagger';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { SESSION_COOKIE } from '#api/auth/session-cookie.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { completeDocument, type OpenApiDocument } from '#api/openapi/openapi-document.js';
import { apiKeySchema, newApiKeySchema, signInLinkSchema } from '#contract/access/api-key.js';
import { sessionSchema } from '#contract/access/session.js';
import { errorBodySchema } from '#contract/api/error.js';
import { paginationSchema } from '#contract/api/pagination.js';
import { discoveredSchema } from '#contract/discovery/discovery.js';
import { editOutcomeSchema, editSchema } from '#contract/hosts/edit.js';
import { hostDetailSchema, hostPortSchema, hostSchema } from '#contract/hosts/host.js';
import { foundSchema } from '#contract/hosts/search.js';
import { fieldSchema } from '#contract/labels/custom-field.js';
import { groupSchema } from '#contract/labels/group.js';
import { ownerSchema } from '#contract/labels/owner.js';
import { tagSchema } from '#contract/labels/tag.js';
import { exclusionSchema } from '#contract/networks/exclusion.js';
import { networkSchema, networkStatsSchema } from '#contract/networks/network.js';
import { siteSchema } from '#contract/networks/site.js';
import { profileSchema } from '#contract/profiles/profile.js';
import { scanDiffSchema } from '#contract/scans/diff.js';
import { importResultSchema } from '#contract/scans/import.js';
import { scanHostSchema, scanPlanSchema, scanSchema } from '#contract/scans/scan.js';
import { healthSchema, integrityReportSchema } from '#contract/workers/health.js';
import { retentionPreviewSchema, settingSchema } from '#contract/workers/setting.js';

/** Schemas that the document names once and refers to. */
const COMPONENTS: Readonly<Record<string, z.ZodType>> = {
  ApiKey: apiKeySchema,
  Discovered: discoveredSchema,
  Edit: editSchema,
  EditOutcome: editOutcomeSchema,
  Error: errorBodySchema,
  Exclusion: exclusionSchema,
  Field: fieldSchema,
  Found: foundSchema,
  Group: groupSchema,
  Health: healthSchema,
  Host: hostSchema,
  HostDetail: hostDetailSchema,
  HostPort: hostPortSchema,
  ImportResult: importResultSchema,
  IntegrityReport: integrityReportSchema,
  Network: networkSchema,
  NetworkStats: networkStatsSchema,
  NewApiKey: newApiKeySchema,
  Owner: ownerSchema,
  Pagination: paginationSchema,
  Profile: profileSchema,
  RetentionPreview: retentionPreviewSchema,
  Scan: scanSchema,
  ScanDiff: scanDiffSchema,
  ScanHost: scanHostSchema,
  ScanPlan: scanPlanSchema,
  Session: sessionSchema,
  Setting: settingSchema,
  Site: siteSchema,
  SignInLink: signInLinkSchema,
  Tag: tagSchema,
};

const SECURITY_SCHEMES = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  bearer: { type: 'http', scheme: 'bearer', description: 'The same key as in X-API-Key.' },
  session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
} as const;

/** Describes every route that is registered from now on, in an OpenAPI 3.1 document made from their schemas. */
export async function describeRoutes(server: ApiServer, context: ApiContext): Promise<void> {
  const schemaRegistry = z.registry<{ id?: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS)) schemaRegistry.add(schema, { id });
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Scanorama', version: context.version },
      components: { securitySchemes: SECURITY_SCHEMES },
      security: Object.keys(SECURITY_SCHEMES).map((name) => ({ [name]: [] })),
    },
    convertConstToEnum: false,
    transform: withAccess(createJsonSchemaTransform({ schemaRegistry })),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
  let text: string | undefined;
  server.get(
    '/openapi.json',
    { config: { access: 'public', database: 'unneeded' }, schema: { hide: true } },
    (_request, reply) => {
      text ??= JSON.stringify(completeDocument(plainCopy(server.swagger())));
      return reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(text);
    },
  );
}

function withAccess(transform: SwaggerTransform): SwaggerTransform {
  return (route) => {
    const described = transform(route);
    if (route.route.config?.access !== 'public') return described;
    return { ...described, schema: { ...described.schema, security: [] } };
  };
}

function plainCopy(document: object): OpenApiDocument {
  const copy: OpenApiDocument = JSON.parse(JSON.stringify(document));
  return copy;
}
