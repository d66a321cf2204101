import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance } from 'fastify';
import type { ApiRequest, ApiResponse, Transport } from '#contract/api/request.js';
import { ROUTES } from '#contract/api/routes.js';
import { ScanoramaError } from '#domain/errors/error.js';

// Not imported: see `importedHttp` in test/tidy/code-rules.ts.
const { request: httpRequest } = process.getBuiltinModule('node:http');

/** The largest answer a client reads; a page of results is far below it. */
export const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;
const TOO_LARGE = 'the answer is too large';

function pathOf({ path, query }: ApiRequest): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

function typeOf({ body, stream }: ApiRequest): Readonly<Record<string, string>> {
  if (stream !== undefined) return { 'content-type': stream.type };
  return body === undefined ? {} : { 'content-type': 'application/json' };
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Into the server that lives in this very process. */
export function inProcessTransport(
  server: FastifyInstance,
  headers: Readonly<Record<string, string>>,
): Transport {
  return async (request) => {
    const response = await server.inject({
      method: request.method,
      url: pathOf(request),
      headers: { ...headers, ...typeOf(request) },
      ...(request.body === undefined ? {} : { payload: JSON.stringify(request.body) }),
      ...(request.stream === undefined ? {} : { payload: Readable.from(request.stream.chunks) }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    return { status: response.statusCode, body: parseBody(response.payload) };
  };
}

/** To the server on the same data directory, through its private socket. */
export function socketTransport(socketPath: string): Transport {
  return (request) =>
    new Promise<ApiResponse>((resolve, reject) => {
      const body = request.body === undefined ? undefined : JSON.stringify(request.body);
      const fail = (error: Error): void => reject(unreachable('The local Scanorama server', error));
      const sending = httpRequest(
        {
          socketPath,
          method: request.method,
          path: pathOf(request),
          headers: {
            ...typeOf(request),
            ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          },
          signal: request.signal,
        },
        (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > MAX_RESPONSE_BYTES) sending.destroy(new Error(TOO_LARGE));
            else chunks.push(chunk);
          });
          response.on('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              body: parseBody(Buffer.concat(chunks).toString('utf8')),
            });
          });
          response.on('error', fail);
        },
      );
      sending.on('error', fail);
      if (request.stream === undefined) sending.end(body);
      else pipeline(Readable.from(request.stream.chunks), sending).catch(reject);
    });
}

/** To a server anywhere, with an API key. */
export function httpTransport(base: string, apiKey: string | undefined): Transport {
  return async (request) => {
    try {
      const response = await fetch(base + pathOf(request), {
        method: request.method,
        headers: {
          ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
          ...typeOf(request),
        },
        redirect: 'error',
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        ...(request.stream === undefined
          ? {}
          : { body: ReadableStream.from(request.stream.chunks), duplex: 'half' as const }),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      return { status: response.status, body: parseBody(await boundedText(response)), from: base };
    } catch (error) {
      request.signal?.throwIfAborted();
      throw unreachable(`The Scanorama server at ${base}`, error);
    }
  };
}

/** Leaving the loop ends the transfer. */
async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) throw new Error(TOO_LARGE);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const LISTS: readonly string[] = [
  ROUTES.scans,
  ROUTES.hosts,
  ROUTES.apiKeys,
  ROUTES.sites,
  ROUTES.networks,
  ROUTES.exclusions,
];

/** To an installation that stores nothing yet: its lists are empty, and for all else it has only the refusal. */
export function emptyTransport(refusal: ScanoramaError): Transport {
  const pagination = { page: 1, page_size: 1, total_items: 0, total_pages: 0 };
  return ({ method, path }) =>
    method === 'GET' && LISTS.includes(path)
      ? Promise.resolve({ status: 200, body: { data: [], pagination } })
      : Promise.reject(refusal);
}

function unreachable(who: string, error: unknown): ScanoramaError {
  return new ScanoramaError('server_unreachable', `${who} does not answer.`, {
    hint: 'Check that it runs and that the address is right.',
    cause: error,
  });
}
