import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Credential, credentialOf } from '#api/auth/credential.js';
import { Owners } from '#api/auth/credential-owners.js';
import { refuseCrossSite } from '#api/auth/cross-site.js';
import { limitFailures } from '#api/auth/failure-limit.js';
import { LocalTrust } from '#api/auth/local.js';
import type { ApiContext } from '#api/context.js';
import { isApiPath } from '#api/http/request-path.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Owner } from '#store/access/access.js';
import type { Actor } from '#work/context/context.js';

/** Who a request is made as, and how that was shown. */
export interface Identity extends Owner {
  readonly credential: Credential;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on routes that everybody may ask. */
    identity: Identity | null;
  }
  interface FastifyContextConfig {
    /** Lets everybody ask this route. Every other one wants a credential. */
    readonly access?: 'public';
  }
}

/** Puts a guard before every route, known or unknown, that is not public by its own word. */
export function guardRoutes(server: FastifyInstance, context: ApiContext): void {
  const trust = new LocalTrust(context.work.random);
  const countFailure = limitFailures(server);
  const owners = new Owners(context);
  server.decorate('trustLocal', (actor: Actor) => trust.voucher(actor));
  server.decorateRequest('identity', null);
  server.addHook('onRequest', async (request, reply) => {
    if (isPublic(request)) return;
    const credential = credentialOf(request, trust);
    if (credential === 'absent') throw missingCredential();
    const owner = credential === 'malformed' ? undefined : await owners.of(request, credential);
    if (credential === 'malformed' || owner === undefined) {
      await countFailure(request, reply);
      throw badCredential();
    }
    refuseCrossSite(request, credential);
    request.identity = { ...owner, credential };
  });
}

/** Paths without a route are public outside the API: they lead to pages of the web app. */
function isPublic(request: FastifyRequest): boolean {
  return request.is404 ? !isApiPath(request) : request.routeOptions.config.access === 'public';
}

function missingCredential(): ScanoramaError {
  return new ScanoramaError('unauthenticated', 'This request needs an API key or a session.', {
    hint: 'Send the header X-API-Key, or sign in; `scanorama api-keys create NAME` makes a key.',
  });
}

function badCredential(): ScanoramaError {
  return new ScanoramaError('unauthenticated', 'The API key or session is unknown, expired or revoked.', {
    hint: 'Sign in again, or make a new key with `scanorama api-keys create NAME`.',
  });
}

/** Who asks, on a route behind the guard. */
export function identityOf(request: { readonly identity: Identity | null }): Identity {
  if (request.identity === null) throw new Error('a route that is public asked who is asking');
  return request.identity;
}

export function actorOf(request: { readonly identity: Identity | null }): Actor {
  return identityOf(request).actor;
}
