import { LIMIT_WINDOW_MS, SIGN_INS_PER_MINUTE } from '#api/auth/failure-limit.js';
import { actorOf, identityOf } from '#api/auth/guard.js';
import { clearSessionCookie, setSessionCookie } from '#api/auth/session-cookie.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { sessionRoute, signInLinksRoute, signInRoute, signOutRoute } from '#api/routes/session/schemas.js';
import type { SignIn } from '#contract/access/session.js';
import { ROUTES } from '#contract/api/routes.js';
import { deleteSession } from '#store/access/access.js';
import {
  createSignInLink,
  type OpenedSession,
  signInWithKey,
  signInWithToken,
} from '#work/access/api-keys.js';
import type { WorkContext } from '#work/context/context.js';

export function addSessionRoutes(server: ApiServer, { work, version }: ApiContext): void {
  server.get(ROUTES.session, { schema: sessionRoute }, (request) => ({ actor: actorOf(request), version }));

  const rateLimit = { max: SIGN_INS_PER_MINUTE, timeWindow: LIMIT_WINDOW_MS };
  server.post(
    ROUTES.signIn,
    { config: { access: 'public', rateLimit }, schema: signInRoute },
    async (request, reply) => {
      const { session, actor } = await openSession(work, request.body);
      setSessionCookie(request, reply, session);
      return { actor, version };
    },
  );

  server.post(ROUTES.signOut, { schema: signOutRoute }, async (request, reply) => {
    const { credential } = identityOf(request);
    if (credential.kind === 'session') await deleteSession(work.store.read, credential.tokenHash);
    clearSessionCookie(request, reply);
    return reply.code(204).send();
  });

  server.post(ROUTES.signInLinks, { schema: signInLinksRoute }, async (request, reply) => {
    const { token, expiresAt } = await createSignInLink(work, identityOf(request));
    return reply.code(201).send({ token, expires_at: expiresAt.toISOString() });
  });
}

function openSession(work: WorkContext, body: SignIn): Promise<OpenedSession> {
  return 'key' in body ? signInWithKey(work, body.key) : signInWithToken(work, body.token);
}
