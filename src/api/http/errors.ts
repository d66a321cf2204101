import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ApiContext } from '#api/context.js';
import { pathOf } from '#api/http/request-path.js';
import type { ErrorBody } from '#contract/api/error.js';
import { ERROR_CATALOG, type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { sqlStateOf, storageError } from '#store/database/failure.js';

/** When a client may ask again while the database is away. */
export const RETRY_AFTER_SECONDS = 5;
const SERVER_FAULT = 500;

/** One handler for whatever goes wrong: a person gets a sentence and a code, the log gets the rest. */
export function handleErrors(server: FastifyInstance, context: ApiContext): void {
  server.setErrorHandler((error, request, reply) => {
    const reported = toApiError(error);
    const { http } = ERROR_CATALOG[reported.code];
    const facts = { request: request.id, method: request.method, path: pathOf(request), code: reported.code };
    if (http >= SERVER_FAULT) context.work.log.error({ ...facts, err: error }, 'a request failed');
    else context.work.log.debug(facts, reported.message);
    sendError(reply, reported, context.work.clock.now());
  });
}

export function sendError(reply: FastifyReply, error: ScanoramaError, nowMs: number): void {
  void reply
    .code(ERROR_CATALOG[error.code].http)
    .headers(headersOf(error))
    .header('x-request-id', reply.request.id)
    .header('content-type', 'application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(errorBody(error, reply.request.id, nowMs));
}

/** What HTTP wants to be said beside some statuses. */
function headersOf({ code, facts }: ScanoramaError): Readonly<Record<string, string>> {
  if (code === 'database_unavailable' || code === 'time_uncommitted')
    return { 'retry-after': String(RETRY_AFTER_SECONDS) };
  if (code === 'unauthenticated') return { 'www-authenticate': 'Bearer realm="Scanorama"' };
  const allow = facts?.['allow'];
  return code === 'method_not_allowed' && Array.isArray(allow) ? { allow: allow.join(', ') } : {};
}

export function errorBody(error: ScanoramaError, requestId: string, nowMs: number): ErrorBody {
  const { code, message, hint, at, facts } = error;
  return {
    error: code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined ? {} : { at }),
    ...(facts === undefined ? {} : { details: { ...facts } }),
    request_id: requestId,
    timestamp: new Date(nowMs).toISOString(),
  };
}

/** What the framework refuses by itself, in our words. */
const FRAMEWORK_ERRORS: ReadonlyMap<string, readonly [ErrorCode, string, hint?: string]> = new Map([
  ['FST_ERR_CTP_INVALID_JSON_BODY', ['invalid_request', 'The body is not valid JSON.']],
  [
    'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
    ['invalid_request', 'The body is not as long as its Content-Length says.'],
  ],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    [
      'unsupported_media_type',
      'The body has a type that is not understood here.',
      'Send JSON, with the header Content-Type: application/json.',
    ],
  ],
  [
    'FST_ERR_CTP_BODY_TOO_LARGE',
    ['payload_too_large', 'The body is too large.', 'Write neighbouring targets as ranges or networks.'],
  ],
  ['FST_ERR_BAD_URL', ['invalid_request', 'The path of the request is not a valid one.']],
  ['FST_STATIC_FORBIDDEN_PATH', ['not_found', 'There is nothing at this path.']],
]);

const CLIENT_FAULT = 400;

export function toApiError(error: unknown): ScanoramaError {
  if (error instanceof ScanoramaError) return error;
  const known = FRAMEWORK_ERRORS.get(propertyOf(error, 'code') ?? '');
  if (known !== undefined) return reported(...known);
  if (isStorageFailure(error)) return storageError(error);
  const status = Number(propertyOf(error, 'statusCode'));
  if (status >= CLIENT_FAULT && status < SERVER_FAULT)
    return reported('invalid_request', 'The request cannot be understood.');
  return reported(
    'internal',
    'Something went wrong in the server.',
    'Its log says more; look for the request id.',
  );
}

function reported(code: ErrorCode, message: string, hint?: string): ScanoramaError {
  return new ScanoramaError(code, message, hint === undefined ? {} : { hint });
}

function propertyOf(error: unknown, name: 'code' | 'statusCode'): string | undefined {
  if (typeof error !== 'object' || error === null || !(name in error)) return undefined;
  return String(Object.getOwnPropertyDescriptor(error, name)?.value);
}

function isStorageFailure(error: unknown): boolean {
  return sqlStateOf(error) !== undefined || storageError(error).code === 'database_unavailable';
}
