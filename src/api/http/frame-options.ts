import type { Socket } from 'node:net';
import type { FastifyHttpOptions, RawServerDefault } from 'fastify';
import type { ApiContext } from '#api/context.js';
import { MAX_BODY_BYTES } from '#api/http/body.js';
import { errorBody, sendError, toApiError } from '#api/http/errors.js';
import { ROUTES } from '#contract/api/routes.js';
import { ERROR_CATALOG, ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import type { WorkContext } from '#work/context/context.js';

// Not imported: see `importedHttp` in test/tidy/code-rules.ts.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** How long a client may take to send a whole request. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Settings of the HTTP frame itself. */
export function frameOptions({ work }: ApiContext): FastifyHttpOptions<RawServerDefault> {
  return {
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => requestId(work),
    // A proxy on this machine may say whom it speaks for and whether that was https.
    trustProxy: 'loopback',
    // Requests that are already on their way are answered; the socket then closes.
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => sendError(reply, toApiError(error), work.clock.now()),
    clientErrorHandler: (error, socket) => refuseUnreadable(work, error, socket),
    // Where Node can tell, requests for other protocols (h2c) are answered as if they had not asked.
    http: { shouldUpgradeCallback: ({ url, headers }) => isLiveUpgrade(url, headers.upgrade) },
  };
}

function requestId(work: WorkContext): string {
  return createUid(work.clock.now(), work.random(UID_RANDOM_BYTES));
}

function isLiveUpgrade(url: string | undefined, protocol: string | undefined): boolean {
  return protocol?.toLowerCase() === 'websocket' && url?.split('?', 1)[0] === ROUTES.live;
}

/** Answers what is not HTTP, or too slow or too long to be. */
function refuseUnreadable(work: WorkContext, error: Error, socket: Socket): void {
  if (!socket.writable || ('code' in error && error.code === 'ECONNRESET')) {
    socket.destroy();
    return;
  }
  const id = requestId(work);
  const reported = new ScanoramaError(
    'invalid_request',
    'The request is not valid HTTP, or came too slowly.',
  );
  const body = JSON.stringify(errorBody(reported, id, work.clock.now()));
  const status = ERROR_CATALOG[reported.code].http;
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `X-Request-Id: ${id}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
