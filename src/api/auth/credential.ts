import type { FastifyRequest } from 'fastify';
import { LOCAL_HEADER, type LocalTrust } from '#api/auth/local.js';
import { SESSION_COOKIE } from '#api/auth/session-cookie.js';
import { findSessionOwner, findUsableKey, type Owner } from '#store/access/access.js';
import type { Executor } from '#store/database/database.js';
import { apiKeyPrefix, hashSecret, isSameHash, isToken } from '#work/access/secrets.js';
import type { Actor } from '#work/context/context.js';

/** What a request shows of who sends it; of secrets only the hash is kept. */
export type Credential =
  | { readonly kind: 'local'; readonly actor: Actor }
  | { readonly kind: 'key'; readonly prefix: string; readonly hash: Buffer }
  | { readonly kind: 'session'; readonly tokenHash: Buffer };

const BEARER_PATTERN = /^Bearer +(\S+) *$/i;

/** The first credential that was meant: one that is wrong is not made good by another beside it. */
export function credentialOf(
  request: FastifyRequest,
  trust: LocalTrust,
): Credential | 'absent' | 'malformed' {
  const { [LOCAL_HEADER]: voucher, 'x-api-key': key, authorization } = request.headers;
  if (voucher !== undefined) return localCredential(String(voucher), trust);
  if (key !== undefined) return keyCredential(String(key).trim());
  if (authorization !== undefined) return keyCredential(BEARER_PATTERN.exec(authorization)?.[1] ?? '');
  const session = request.cookies[SESSION_COOKIE];
  if (session === undefined) return 'absent';
  return isToken(session) ? { kind: 'session', tokenHash: hashSecret(session) } : 'malformed';
}

function localCredential(voucher: string, trust: LocalTrust): Credential | 'malformed' {
  const actor = trust.actorOf(voucher);
  return actor === undefined ? 'malformed' : { kind: 'local', actor };
}

function keyCredential(key: string): Credential | 'malformed' {
  const prefix = apiKeyPrefix(key);
  return prefix === undefined ? 'malformed' : { kind: 'key', prefix, hash: hashSecret(key) };
}

/** Whose credential it is now: asked at every request, and of a live client from time to time. One index look-up at most. */
export async function ownerOfCredential(
  executor: Executor,
  credential: Credential,
): Promise<Owner | undefined> {
  if (credential.kind === 'local') return { actor: credential.actor, apiKeyId: null };
  if (credential.kind === 'session') return findSessionOwner(executor, credential.tokenHash);
  const key = await findUsableKey(executor, credential.prefix);
  if (key === undefined || !isSameHash(key.secretHash, credential.hash)) return undefined;
  return { actor: `key:${key.name}`, apiKeyId: key.id };
}
