import type { FastifyRequest } from 'fastify';
import type { Credential } from '#api/auth/credential.js';
import { ScanoramaError } from '#domain/errors/error.js';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * A browser adds its session cookie by itself, so a page of somebody else's could make it ask for
 * changes; pages on another port of this machine are "same site" even to SameSite=Strict. Whatever
 * changes something, or opens a WebSocket, must therefore come from a page of this very host.
 */
export function refuseCrossSite(request: FastifyRequest, credential: Credential): void {
  if (credential.kind !== 'session') return;
  const { origin } = request.headers;
  const isSafe = SAFE_METHODS.has(request.method) && !request.ws;
  // Browsers name the origin of every WebSocket; programs without one have no business with a cookie.
  if (isSafe || (origin === undefined && !request.ws)) return;
  if (origin !== undefined && isSameHost(origin, request.host)) return;
  throw new ScanoramaError(
    'forbidden',
    'A request with a session cookie must come from a page of this server.',
    {
      hint: 'Programs authenticate with an API key instead.',
      at: 'Origin',
    },
  );
}

/** Schemes are not compared: a proxy in front may speak https where we speak http. */
function isSameHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  const ours = `${protocol}//${host}`;
  return originHost !== '' && URL.canParse(ours) && new URL(ours).host === originHost;
}
