import type { FastifyRequest } from 'fastify';

const API_ROOT = '/api';

/** Without the query, in which a one-time token may stand. */
export function pathOf(request: FastifyRequest): string {
  const { url } = request;
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

export function isApiPath(request: FastifyRequest): boolean {
  const path = pathOf(request);
  return path === API_ROOT || path.startsWith(`${API_ROOT}/`);
}
