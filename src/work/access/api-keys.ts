import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import {
  countApiKeys,
  findUsableKey,
  insertApiKey,
  insertSession,
  insertSignInToken,
  listApiKeys,
  lockApiKeys,
  type Owner,
  revokeApiKey as revokeApiKeyRow,
  type StoredApiKey,
  useSignInToken,
} from '#store/access/access.js';
import type { Executor } from '#store/database/database.js';
import { constraintOf } from '#store/database/failure.js';
import { apiKeyPrefix, hashSecret, isSameHash, makeApiKey, makeToken } from '#work/access/secrets.js';
import type { Actor, WorkContext } from '#work/context/context.js';

/** How long a one-time link can be used, and how long a session lasts. */
export const SIGN_IN_LINK_MS = 15 * 60_000;
export const SESSION_MS = 30 * 24 * 3_600_000;

const ADMINISTRATOR_KEY_NAME = 'administrator';
/** The CHECK that a key expires after it was created. */
const EXPIRY_CHECK = 'api_keys_check';

export interface ApiKeyOrder {
  readonly name: string;
  /** Null: until it is revoked. */
  readonly expiresAt: Date | null;
  readonly actor: Actor;
}

export interface CreatedApiKey {
  readonly row: StoredApiKey;
  /** The complete key. It cannot be retrieved later. */
  readonly key: string;
}

/** Creates a key. Throws `invalid_request` when it would have expired already. */
export async function createApiKey(context: WorkContext, order: ApiKeyOrder): Promise<CreatedApiKey> {
  try {
    return await insertKey(context, context.store.read, order);
  } catch (error) {
    // The clock of the database decides, because the key expires by it.
    if (constraintOf(error) !== EXPIRY_CHECK) throw error;
    throw new ScanoramaError('invalid_request', 'The key would have expired before it was created.', {
      hint: 'Give a time in the future.',
      at: 'expires_at',
      cause: error,
    });
  }
}

/**
 * Creates the key of the first start and passes it to `keep` in one transaction, so a key that could not be kept does
 * not exist. Returns false when there is a key already, usable or not.
 */
export async function ensureAdministratorKey(
  context: WorkContext,
  actor: Actor,
  keep: (key: string) => Promise<void>,
): Promise<boolean> {
  return context.store.transaction(async (executor) => {
    await lockApiKeys(executor);
    if ((await countApiKeys(executor)) > 0) return false;
    const order = { name: ADMINISTRATOR_KEY_NAME, expiresAt: null, actor };
    await keep((await insertKey(context, executor, order)).key);
    return true;
  });
}

/** Revokes a key and the sessions it opened. Revoking it again has no effect. Throws `not_found`. */
export async function revokeApiKey(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  const wasUsable = await revokeApiKeyRow(context.store.read, uid);
  if (wasUsable) {
    context.log.info({ apiKey: uid, actor }, 'API key revoked');
    return;
  }
  const isKnown = (await listApiKeys(context.store.read)).some((row) => row.uid === uid);
  if (!isKnown) throw new ScanoramaError('not_found', `There is no API key with the id ${uid}.`, { at: uid });
}

async function insertKey(
  context: WorkContext,
  executor: Executor,
  order: ApiKeyOrder,
): Promise<CreatedApiKey> {
  const { prefix, key } = makeApiKey(context.random);
  const row = await insertApiKey(executor, {
    uid: createUid(context.clock.now(), context.random(UID_RANDOM_BYTES)),
    name: order.name,
    prefix,
    secretHash: hashSecret(key),
    createdBy: order.actor,
    expiresAt: order.expiresAt,
  });
  context.log.info({ apiKey: row.uid, actor: order.actor }, 'API key created');
  return { row, key };
}

export interface SignInToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/**
 * Creates a token that opens one session, once, in the name of its owner and for as long as the owner's key is valid.
 */
export async function createSignInLink(context: WorkContext, owner: Owner): Promise<SignInToken> {
  const token = makeToken(context.random);
  const tokenHash = hashSecret(token);
  const expiresAt = await insertSignInToken(context.store.read, {
    tokenHash,
    ...owner,
    lifetimeMs: SIGN_IN_LINK_MS,
  });
  context.log.info({ actor: owner.actor }, 'sign-in link created');
  return { token, expiresAt };
}

export interface OpenedSession {
  /** The secret of the session cookie. */
  readonly session: string;
  readonly actor: Actor;
}

/** Uses a one-time link up. Throws `unauthenticated` when it is unknown, used or too old. */
export async function signInWithToken(context: WorkContext, token: string): Promise<OpenedSession> {
  return context.store.transaction(async (executor) => {
    const owner = await useSignInToken(executor, hashSecret(token));
    if (owner === undefined) {
      throw new ScanoramaError('unauthenticated', 'This sign-in link is unknown, expired or already used.', {
        hint: 'Create a new one with `scanorama api-keys link`.',
      });
    }
    return openSession(context, executor, owner);
  });
}

/** Opens a session that expires no later than the key. Throws `unauthenticated` when the key is not usable. */
export async function signInWithKey(context: WorkContext, key: string): Promise<OpenedSession> {
  const usable = await findKey(context.store.read, key);
  if (usable === undefined) {
    throw new ScanoramaError('unauthenticated', 'This API key is unknown, expired or revoked.', {
      hint: 'Create a new one with `scanorama api-keys create`.',
    });
  }
  return openSession(context, context.store.read, { actor: `key:${usable.name}`, apiKeyId: usable.id });
}

/** The usable key that this text contains, or undefined. */
async function findKey(executor: Executor, text: string): Promise<{ id: number; name: string } | undefined> {
  const prefix = apiKeyPrefix(text);
  if (prefix === undefined) return undefined;
  const usable = await findUsableKey(executor, prefix);
  return usable !== undefined && isSameHash(usable.secretHash, hashSecret(text)) ? usable : undefined;
}

async function openSession(context: WorkContext, executor: Executor, owner: Owner): Promise<OpenedSession> {
  const session = makeToken(context.random);
  await insertSession(executor, { tokenHash: hashSecret(session), ...owner, lifetimeMs: SESSION_MS });
  context.log.info({ actor: owner.actor }, 'session opened');
  return { session, actor: owner.actor };
}
