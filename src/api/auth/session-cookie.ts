import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_MS } from '#work/access/api-keys.js';

export const SESSION_COOKIE = 'scanorama_session';

/** Out of reach for scripts, never sent along by other sites, and only over https where there is https. */
function attributesFor(request: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' } as const;
}

export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, session: string): void {
  void reply.setCookie(SESSION_COOKIE, session, { ...attributesFor(request), maxAge: SESSION_MS / 1_000 });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  void reply.clearCookie(SESSION_COOKIE, attributesFor(request));
}
