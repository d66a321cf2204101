import type { FastifyInstance } from 'fastify';

/** The largest body that is read; and of a scan, which may name 65,536 targets, each some 40 characters of IPv6. */
export const MAX_BODY_BYTES = 1_048_576;
export const MAX_SCAN_BODY_BYTES = 4 * 1_048_576;

/** JSON is the only kind of body there is, in any charset spelling; an empty one is none. */
export function readJsonOnly(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body, done);
  });
}
