import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { API_PREFIX, ROUTES } from '#contract/api/routes.js';
import { scanSchema } from '#contract/scans/scan.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

const responseSchema = z.object({
  description: z.string().min(1),
  content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) })).optional(),
});
const operationSchema = z.object({
  operationId: z.string().min(1),
  summary: z.string().min(1),
  tags: z.array(z.string()).min(1),
  security: z.array(z.unknown()).optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['path', 'query']),
        required: z.boolean().optional(),
        schema: z.looseObject({}),
      }),
    )
    .default([]),
  requestBody: z
    .object({
      required: z.literal(true),
      content: z.record(
        z.string().regex(/^(application|text)\/[a-z-]+$/),
        z.object({
          schema: z.looseObject({}),
          examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
        }),
      ),
    })
    .optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), responseSchema),
});
/** What OpenAPI 3.1 requires of a document, as far as this one goes. */
const documentSchema = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({ title: z.literal('Scanorama'), version: z.string() }),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(METHODS), operationSchema)),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[A-Za-z]+$/), z.looseObject({})),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.enum(['apiKey', 'http']) })),
  }),
  security: z.array(z.record(z.string(), z.tuple([]))),
});
type Document = z.output<typeof documentSchema>;

let lab: ApiLab;
let document: Document;
beforeAll(async () => {
  lab = await openApiLab();
  document = documentSchema.parse((await lab.probe({ url: '/openapi.json' })).body);
});
afterAll(() => lab.close());

function operations() {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      path,
      method,
      ...operationSchema.parse(operation),
    })),
  );
}

test('every path of the contract is described, and no other', () => {
  const id = '{id}';
  const described = operations().map(({ method, path }) => `${method} ${path}`);
  const spoken = [
    ...[
      ROUTES.metrics,
      ROUTES.liveness,
      ROUTES.readiness,
      ROUTES.health,
      ROUTES.integrity,
      ROUTES.doctor,
      ROUTES.session,
      ROUTES.apiKeys,
      ROUTES.settings,
      ROUTES.retention,
    ].map((path) => `get ${path}`),
    ...[
      ROUTES.scans,
      ROUTES.hosts,
      ROUTES.live,
      `${ROUTES.scans}/${id}`,
      `${ROUTES.scans}/${id}/results`,
      `${ROUTES.scans}/${id}/diff`,
      `${ROUTES.hosts}/${id}`,
      `${ROUTES.hosts}/${id}/history`,
      `${ROUTES.hosts}/${id}/scans`,
      ROUTES.profiles,
      `${ROUTES.profiles}/${id}`,
      `${ROUTES.profiles}/${id}/stats`,
      ROUTES.sites,
      `${ROUTES.sites}/${id}`,
      ROUTES.workers,
      `${ROUTES.workers}/${id}`,
      ROUTES.networks,
      `${ROUTES.networks}/${id}`,
      `${ROUTES.networks}/${id}/stats`,
      `${ROUTES.networks}/${id}/exclusions`,
      `${ROUTES.networks}/${id}/discovery`,
      ROUTES.exclusions,
      ROUTES.search,
      ROUTES.discovery,
      ROUTES.discoveryCompare,
      ROUTES.localNetworks,
      `${ROUTES.discovery}/${id}`,
      `${ROUTES.discovery}/${id}/results`,
      `${ROUTES.discovery}/${id}/diff`,
    ].map((path) => `get ${path}`),
    ...[
      ROUTES.integrity,
      ROUTES.signIn,
      ROUTES.signOut,
      ROUTES.signInLinks,
      ROUTES.apiKeys,
      ROUTES.scans,
      ROUTES.scanPlan,
      ROUTES.imports,
      ROUTES.profiles,
      `${ROUTES.profiles}/${id}/clone`,
      ROUTES.sites,
      ROUTES.networks,
      `${ROUTES.networks}/${id}/exclusions`,
      `${ROUTES.networks}/${id}/discover`,
      ROUTES.exclusions,
      ROUTES.discovery,
      ROUTES.discoveryPlan,
      `${ROUTES.discovery}/${id}/stop`,
      `${ROUTES.workers}/${id}/drain`,
      `${ROUTES.workers}/${id}/resume`,
    ].map((path) => `post ${path}`),
    ...['stop', 'resume', 'restore', 'purge'].map((command) => `post ${ROUTES.scans}/${id}/${command}`),
    ...['restore', 'purge'].map((command) => `post ${ROUTES.hosts}/${id}/${command}`),
    ...[ROUTES.sites, ROUTES.networks, ROUTES.hosts].map((path) => `patch ${path}/${id}`),
    ...[
      ROUTES.apiKeys,
      ROUTES.scans,
      ROUTES.profiles,
      ROUTES.hosts,
      ROUTES.sites,
      ROUTES.networks,
      ROUTES.exclusions,
      ROUTES.workers,
    ].map((path) => `delete ${path}/${id}`),
    `get ${ROUTES.smartScanSuggestions}`,
    `get ${ROUTES.smartScanProfiles}`,
    `get ${API_PREFIX}/smart-scan/hosts/${id}/stage`,
    `post ${API_PREFIX}/smart-scan/hosts/${id}/trigger`,
    `post ${ROUTES.triggerSmartScans}`,
    `put ${ROUTES.settings}`,
    `put ${ROUTES.profiles}/${id}`,
    ...annotationPaths(id),
    ...bulkPaths(id),
    ...schedulePaths(id),
    ...devicePaths(id),
  ];
  expect(described.sort()).toEqual(spoken.sort());
});

/** Bulk operations, and tags of scans. */
function bulkPaths(id: string): readonly string[] {
  const { bulkScanTags, bulkScanDeletion, bulkScanRestore, bulkNetworkRemoval, scans } = ROUTES;
  return [
    ...[bulkScanTags, bulkScanDeletion, bulkScanRestore, bulkNetworkRemoval].map((path) => `post ${path}`),
    ...['put', 'post', 'delete'].map((method) => `${method} ${scans}/${id}/tags`),
  ];
}

/** Automatic tasks. */
function schedulePaths(id: string): readonly string[] {
  const one = `${ROUTES.schedules}/${id}`;
  return [
    ...[ROUTES.schedules, one, `${one}/next-run`, `${one}/runs`].map((path) => `get ${path}`),
    ...[ROUTES.schedules, ROUTES.schedulePreview].map((path) => `post ${path}`),
    ...['enable', 'disable', 'run'].map((command) => `post ${one}/${command}`),
    ...['patch', 'delete'].map((method) => `${method} ${one}`),
  ];
}

/** Those that distinguish devices. */
function devicePaths(id: string): readonly string[] {
  const { devices, deviceSuggestions, deviceDecisions, mergeDevices } = ROUTES;
  return [
    ...[devices, deviceSuggestions, deviceDecisions, `${devices}/${id}`].map((path) => `get ${path}`),
    ...[
      mergeDevices,
      `${devices}/${id}/split`,
      `${deviceSuggestions}/${id}/accept`,
      `${deviceSuggestions}/${id}/dismiss`,
      `${deviceDecisions}/${id}/undo`,
    ].map((path) => `post ${path}`),
  ];
}

/** Annotations of hosts. */
function annotationPaths(id: string): readonly string[] {
  const { hosts, tags, groups, owners, fields, networks } = ROUTES;
  const host = `${hosts}/${id}`;
  return [
    ...[
      ROUTES.hostEdits,
      tags,
      `${tags}/${id}`,
      groups,
      `${groups}/${id}`,
      owners,
      `${owners}/${id}`,
      fields,
    ].map((path) => `get ${path}`),
    ...[ROUTES.bulkEdit, ROUTES.bulkTags, `${ROUTES.hostEdits}/${id}/undo`, `${host}/notes`].map(
      (path) => `post ${path}`,
    ),
    ...[tags, groups, owners, fields].map((path) => `post ${path}`),
    ...[tags, groups, owners, fields].map((path) => `delete ${path}/${id}`),
    ...[tags, owners, fields].map((path) => `patch ${path}/${id}`),
    ...['get', 'post', 'delete'].map((method) => `${method} ${groups}/${id}/hosts`),
    ...['put', 'post', 'delete'].map((method) => `${method} ${host}/tags`),
    ...[`${host}/owner`, `${host}/fields`, `${groups}/${id}`, `${networks}/${id}/owner`].map(
      (path) => `put ${path}`,
    ),
    `delete ${host}/notes/{note}`,
  ];
}

test('operations have unique names, path parameters are declared, every reference resolves', () => {
  const ids = operations().map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, parameters } of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = parameters.filter((parameter) => parameter.in === 'path');
    expect(declared.map(({ name }) => name)).toEqual(inPath);
    expect(declared.every(({ required }) => required === true)).toBe(true);
  }
  const text = JSON.stringify(document);
  const referred = new Set([...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference ?? ''));
  const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  expect([...referred].sort()).toEqual(known.sort());
  const schemes = document.security.flatMap((one) => Object.keys(one));
  expect(schemes.sort()).toEqual(Object.keys(document.components.securitySchemes).sort());
});

test('public operations are marked as such, and every operation lists its errors', () => {
  const open = operations().filter(({ security }) => security?.length === 0);
  expect(open.map(({ operationId }) => operationId).sort()).toEqual(['liveness', 'readiness', 'signIn']);
  for (const { operationId, responses, requestBody, parameters, security } of operations()) {
    const statuses = Object.keys(responses);
    const expected = [
      '500',
      '503',
      ...(security?.length === 0 ? [] : ['401']),
      ...(requestBody === undefined ? [] : ['400', '413', '415']),
      ...(parameters.some((parameter) => parameter.in === 'path') ? ['404'] : []),
    ];
    expect(statuses, operationId).toEqual(expect.arrayContaining(expected));
    expect(
      statuses.some((status) => status < '400'),
      operationId,
    ).toBe(true);
    for (const status of statuses.filter((status) => status >= '400' && operationId !== 'readiness')) {
      expect(responses[status]?.content?.['application/json']?.schema, `${operationId} ${status}`).toEqual({
        $ref: '#/components/schemas/Error',
      });
    }
  }
});

/** A reader that a client could generate from the document. */
function readerOf(schema: object): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas }).replaceAll(
    '#/components/schemas/',
    '#/$defs/',
  );
  return z.fromJSONSchema(JSON.parse(text));
}

test('every schema is a valid one, and every example passes the schema it stands at', {
  timeout: 240_000,
}, () => {
  let examples = 0;
  for (const schema of Object.values(document.components.schemas)) readerOf(schema);
  for (const { requestBody, responses, parameters } of operations()) {
    for (const { schema } of parameters) readerOf(schema);
    for (const { content } of Object.values(responses))
      for (const { schema } of Object.values(content ?? {})) readerOf(schema);
    const body = requestBody?.content['application/json'];
    for (const { value } of Object.values(body?.examples ?? {})) {
      examples += 1;
      expect(readerOf(body?.schema ?? {}).safeParse(value)).toMatchObject({ success: true });
    }
  }
  expect(examples).toBeGreaterThan(5);
});

test('responses match the document', async () => {
  const created = await lab.requestAsUser({
    method: 'POST',
    url: ROUTES.scans,
    body: { targets: ['127.0.0.1'], ports: '1' },
  });
  const { id } = scanSchema.parse(created.body);
  const answers = [
    ['startScan', '201', created],
    ['scan', '200', await lab.requestAsUser({ url: ROUTES.scan(id) })],
    ['scans', '200', await lab.requestAsUser({ url: ROUTES.scans })],
    ['scanResults', '200', await lab.requestAsUser({ url: ROUTES.scanResults(id) })],
    [
      'createSite',
      '201',
      await lab.requestAsUser({ method: 'POST', url: ROUTES.sites, body: { name: 'x' } }),
    ],
    ['sites', '200', await lab.requestAsUser({ url: ROUTES.sites })],
    [
      'createNetwork',
      '201',
      await lab.requestAsUser({ method: 'POST', url: ROUTES.networks, body: { cidr: '198.18.0.0/24' } }),
    ],
    ['networks', '200', await lab.requestAsUser({ url: ROUTES.networks })],
    [
      'exclude',
      '201',
      await lab.requestAsUser({ method: 'POST', url: ROUTES.exclusions, body: { address: '::1' } }),
    ],
    ['exclusions', '200', await lab.requestAsUser({ url: ROUTES.exclusions })],
    ['hosts', '200', await lab.requestAsUser({ url: ROUTES.hosts })],
    ['session', '200', await lab.requestAsUser({ url: ROUTES.session })],
    [
      'createApiKey',
      '201',
      await lab.requestAsUser({ method: 'POST', url: ROUTES.apiKeys, body: { name: 'x' } }),
    ],
    ['apiKeys', '200', await lab.requestAsUser({ url: ROUTES.apiKeys })],
    ['health', '200', await lab.requestAsUser({ url: ROUTES.health })],
    ['verify', '200', await lab.requestAsUser({ method: 'POST', url: ROUTES.integrity })],
    ['integrity', '200', await lab.requestAsUser({ url: ROUTES.integrity })],
    ['doctor', '200', await lab.requestAsUser({ url: ROUTES.doctor })],
    ['host', '404', await lab.requestAsUser({ url: ROUTES.host('127.0.0.1') })],
    ['startScan', '400', await lab.requestAsUser({ method: 'POST', url: ROUTES.scans, body: {} })],
  ] as const;
  for (const [operationId, status, answer] of answers) {
    const operation = operations().find((one) => one.operationId === operationId);
    const schema = operation?.responses[status]?.content?.['application/json']?.schema ?? {};
    expect(String(answer.status), operationId).toBe(status);
    expect(readerOf(schema).safeParse(answer.body), operationId).toMatchObject({ success: true });
    expect(readerOf(schema).safeParse({ nothing: 'of it' }), operationId).toMatchObject({ success: false });
  }
});
