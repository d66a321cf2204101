import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { localHeaders } from '#api/auth/local.js';
import { type ApiContext, createServer } from '#api/server.js';
import { inProcessTransport } from '#app/transport.js';
import { type Client, createClient } from '#contract/api/client.js';
import type { EventKind } from '#domain/events/event-kind.js';
import { createApiKey } from '#work/access/api-keys.js';
import type { WorkContext } from '#work/context/context.js';
import { VerifyRuns } from '#work/health/verify-runs.js';
import { openTestDatabase, type TestDatabase } from '../database/database.ts';
import { createWorkContext } from '../programs/work-context.ts';

/** Methods that can be injected. */
export const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const;
export type Method = (typeof METHODS)[number];

export interface ApiRequest {
  readonly method?: Method;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: LightMyRequestResponse['headers'];
  readonly text: string;
  /** Parsed JSON; undefined for anything else. */
  readonly body: unknown;
}

export interface ApiLab {
  readonly db: TestDatabase;
  readonly context: WorkContext;
  readonly server: FastifyInstance;
  readonly verifyRuns: VerifyRuns;
  /** Sends a request as the user of this machine. */
  readonly client: Client;
  /** Shards that were put into the queue. */
  readonly enqueued: number[];
  announce(kind: EventKind, scan: string | null): void;
  probe(request: ApiRequest): Promise<Answer>;
  /** The same as the user of this machine. */
  requestAsUser(request: ApiRequest): Promise<Answer>;
  newKey(name: string, expiresAt?: Date): Promise<{ id: string; key: string }>;
  /** Where the server listens, from the first call on. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

export interface ApiLabOptions {
  readonly work?: Partial<WorkContext>;
  readonly api?: Partial<ApiContext>;
}

/** A server with its own database. It resolves no name, and its scans run only when a test runs them. */
export async function openApiLab({ work = {}, api = {} }: ApiLabOptions = {}): Promise<ApiLab> {
  const db = await openTestDatabase();
  const enqueued: number[] = [];
  const context = createWorkContext(db.store, {
    enqueueShards: (_executor, _scan, shardIds) => Promise.resolve(void enqueued.push(...shardIds)),
    ...work,
  });
  const listeners = new Set<(event: { kind: EventKind; scan: string | null }) => void>();
  const verifyRuns = new VerifyRuns(context);
  const server = await createServer({
    work: context,
    verifyRuns,
    version: '1.2.3',
    embeddedDatabase: false,
    webRoot: null,
    announcements: {
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    startedAtMs: Date.now(),
    ...api,
  });
  const user = localHeaders(server, 'os:tester');
  let listening: Promise<string> | undefined;
  return {
    db,
    context,
    server,
    verifyRuns,
    client: createClient(inProcessTransport(server, user)),
    enqueued,
    announce: (kind, scan) => {
      for (const listener of listeners) listener({ kind, scan });
    },
    probe: (request) => probe(server, request),
    requestAsUser: (request) => probe(server, { ...request, headers: { ...user, ...request.headers } }),
    async newKey(name, expiresAt) {
      const order = { name, expiresAt: expiresAt ?? null, actor: 'os:tester' };
      const { row, key } = await createApiKey(context, order);
      return { id: row.uid, key };
    },
    listen: () => (listening ??= listen(server)),
    async close() {
      await server.close();
      await db.close();
    },
  };
}

async function probe(
  server: FastifyInstance,
  { method = 'GET', url, headers = {}, body }: ApiRequest,
): Promise<Answer> {
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type = payload === undefined ? {} : { 'content-type': 'application/json' };
  const response = await server.inject({
    method,
    url,
    headers: { ...type, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  return {
    status: response.statusCode,
    headers: response.headers,
    text: response.payload,
    body: parse(response.payload),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function listen(server: FastifyInstance): Promise<string> {
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return new URL(url).host;
}

let clients = 0;
/** The request of a client address not used before, so that the failures of one test do not limit another. */
export function fromAnother(request: ApiRequest): ApiRequest {
  clients += 1;
  const address = `198.18.${clients >> 8}.${clients & 255}`;
  return { ...request, headers: { 'x-forwarded-for': address, ...request.headers } };
}
