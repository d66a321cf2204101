import { ERROR_CATALOG } from '#domain/errors/error.js';

interface Parameter {
  readonly in: string;
}
interface Content {
  readonly [type: string]: { examples?: Readonly<Record<string, { readonly value: unknown }>> };
}
interface Operation {
  readonly operationId?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Record<string, unknown>;
}
/** The parts of an OpenAPI document that are completed here. */
export interface OpenApiDocument {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Record<string, unknown> };
}

/** Bodies as a person would write them, by operation. */
const EXAMPLES: Readonly<Record<string, Readonly<Record<string, { readonly value: unknown }>>>> = {
  startScan: {
    network: {
      value: { targets: ['198.18.0.0/24'], exclude: ['198.18.0.1'], ports: '22,80,443', name: 'Lab' },
    },
    fast: { value: { targets: ['127.0.0.1'], ports: '1-65535', rate: 'max' } },
  },
  planScan: { network: { value: { targets: ['198.18.0.0/24', 'fd00::/120'], ports: 'top-100' } } },
  startDiscovery: {
    network: {
      value: { networks: ['198.18.0.0/24'], methods: ['arp', 'ping'], name: 'office', add_networks: true },
    },
    stored: { value: { networks: ['network:office'] } },
  },
  planDiscovery: { network: { value: { networks: ['198.18.0.0/24'] } } },
  triggerSmartScan: { services: { value: { stage: 'service_scan' } } },
  triggerSmartScans: {
    network: { value: { network_cidr: '198.18.0.0/24', limit: 20 } },
    named: { value: { stage: 'os_detection', host_ids: ['01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48'] } },
  },
  createProfile: {
    nightly: { value: { name: 'nightly', description: 'Between two and four', ports: 'top-100', rate: 500 } },
    again: { value: { name: 'as before', from_scan: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47' } },
  },
  changeProfile: { slower: { value: { rate: 200, ports: null } } },
  cloneProfile: { printers: { value: { name: 'printers' } } },
  createSite: { branch: { value: { name: 'branch' } } },
  changeSite: { scope: { value: { scope: ['198.18.0.0/16', 'fd00::/48'] } } },
  createNetwork: { office: { value: { cidr: '198.18.0.0/24', name: 'office', site: 'default' } } },
  changeNetwork: { off: { value: { enabled: false } } },
  exclude: {
    everywhere: { value: { address: '198.18.0.9', reason: 'prints every probe' } },
    network: { value: { address: '198.18.0.1-9', network: 'office' } },
  },
  excludeFromNetwork: { printer: { value: { address: '198.18.0.9', reason: 'prints every probe' } } },
  editHosts: {
    named: {
      value: {
        host_ids: ['01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48'],
        change: { tags: { add: ['printer'] }, owner: 'Network team', fields: { rack: '7' }, note: 'moved' },
      },
    },
  },
  tagHosts: {
    named: {
      value: { host_ids: ['01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48'], tags: ['printer'], action: 'add' },
    },
  },
  setHostTags: { two: { value: { tags: ['printer', 'second-floor'] } } },
  setHostFields: { rack: { value: { rack: '7', tier: null } } },
  setHostOwner: { team: { value: { owner: 'Network team' } } },
  setNetworkOwner: { team: { value: { owner: 'Network team' } } },
  addHostNote: { moved: { value: { text: 'moved to the second floor' } } },
  createTag: { red: { value: { name: 'critical', color: '#a8231c' } } },
  createGroup: { printers: { value: { name: 'printers', description: 'all that print' } } },
  createOwner: { team: { value: { name: 'Network team', contact: 'net@example.invalid' } } },
  createField: { tier: { value: { name: 'tier', type: 'choice', choices: ['gold', 'silver'] } } },
  createApiKey: { month: { value: { name: 'backup', expires_at: '2030-01-31T12:00:00Z' } } },
  changeSettings: { year: { value: { 'retention.port_scans': '12 months', 'retention.events': null } } },
  signIn: { key: { value: { key: 'scn_…' } }, link: { value: { token: '…' } } },
};

/** Refusals that are an operation's own. */
const FURTHER_FAILURES: Readonly<Record<string, readonly number[]>> = {
  signIn: [401, 429],
  startScan: [404, 409],
  planScan: [404, 409],
  createProfile: [404, 409],
  changeProfile: [409],
  cloneProfile: [409],
  createSite: [409],
  changeSite: [409],
  removeSite: [409],
  createNetwork: [404, 409],
  changeNetwork: [409],
  removeNetwork: [409],
  exclude: [404, 409],
  excludeFromNetwork: [409],
  stopScan: [409],
  resumeScan: [409],
  scanResults: [410],
  scanDiff: [409, 410],
  deleteScan: [409],
  purgeScan: [409],
  deleteHost: [409],
  restoreHost: [409],
  purgeHost: [409],
  startDiscovery: [404, 409],
  planDiscovery: [404, 409],
  discoverNetwork: [409],
  stopDiscovery: [409],
  compareDiscoveries: [404, 409, 410],
  discoveryDiff: [409, 410],
  importReport: [404, 409],
  hosts: [410],
  changeHost: [409],
  groupHosts: [410],
  host: [409, 410],
  hostHistory: [409, 410],
  live: [400],
  editHosts: [404, 409],
  tagHosts: [404, 409],
  undoHostEdit: [409],
  setHostTags: [409],
  addHostTags: [409],
  removeHostTags: [409],
  addHostNote: [409],
  removeHostNote: [409],
  setHostOwner: [409],
  setHostFields: [409],
  createTag: [409],
  changeTag: [409],
  removeTag: [409],
  createGroup: [409],
  changeGroup: [409],
  removeGroup: [409],
  addGroupHosts: [409],
  removeGroupHosts: [409],
  createOwner: [409],
  changeOwner: [409],
  removeOwner: [409],
  createField: [409],
  changeField: [409],
  removeField: [409],
};

/** Adds what the routes do not say themselves: how they fail, and examples; and drops what nothing refers to. */
export function completeDocument(document: OpenApiDocument): OpenApiDocument {
  for (const path of Object.values(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(path)) completeOperation(method, operation);
  }
  const schemas = document.components?.schemas ?? {};
  for (const schema of Object.values(schemas)) loosen(schema);
  dropUnreferred(document, schemas);
  return document;
}

function completeOperation(method: string, operation: Operation): void {
  for (const status of failuresOf(method, operation)) operation.responses[status] ??= failureResponse(status);
  const examples = EXAMPLES[operation.operationId ?? ''];
  if (examples === undefined) return;
  for (const content of Object.values(operation.requestBody?.content ?? {})) content.examples = examples;
}

function failuresOf(
  method: string,
  { operationId = '', security, parameters = [], requestBody }: Operation,
): readonly number[] {
  const isGuarded = security === undefined || security.length > 0;
  return [
    ...(FURTHER_FAILURES[operationId] ?? []),
    ...(requestBody === undefined && parameters.length === 0 ? [] : [400]),
    ...(isGuarded ? [401, 429] : []),
    ...(isGuarded && method !== 'get' ? [403] : []),
    ...(parameters.some((parameter) => parameter.in === 'path') ? [404] : []),
    ...(requestBody === undefined ? [] : [413, 415]),
    500,
    503,
  ];
}

/** With every code of the catalogue that this status may carry. */
function failureResponse(status: number): unknown {
  const codes = Object.entries(ERROR_CATALOG).flatMap(([code, { http }]) => (http === status ? [code] : []));
  return {
    description: `Refused or failed: ${codes.join(', ')}.`,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
}

/** Answers may grow: a client must not refuse fields it does not know. Bounds of exact numbers say nothing. */
function loosen(schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, part] of Object.entries(schema)) {
    const isNoise =
      (key === 'additionalProperties' && part === false) ||
      Math.abs(Number(part)) === Number.MAX_SAFE_INTEGER;
    if (isNoise) Reflect.deleteProperty(schema, key);
    else loosen(part);
  }
}

function dropUnreferred(document: OpenApiDocument, schemas: Record<string, unknown>): void {
  for (let dropped = true; dropped; ) {
    const text = JSON.stringify(document);
    const unreferred = Object.keys(schemas).filter(
      (name) => !text.includes(`"#/components/schemas/${name}"`),
    );
    for (const name of unreferred) Reflect.deleteProperty(schemas, name);
    dropped = unreferred.length > 0;
  }
}
