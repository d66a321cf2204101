import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** What the database knows of an API key; never the key. */
export interface StoredApiKey {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly prefix: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface NewApiKeyRow {
  readonly uid: string;
  readonly name: string;
  readonly prefix: string;
  readonly secretHash: Buffer;
  readonly createdBy: string;
  readonly expiresAt: Date | null;
}

const API_KEY_COLUMNS = sql`
  id, uid, name, prefix, created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt"`;

export async function insertApiKey(executor: Executor, key: NewApiKeyRow): Promise<StoredApiKey> {
  const { rows } = await sql<StoredApiKey>`
    INSERT INTO api_keys (uid, name, prefix, secret_hash, created_by, expires_at)
    VALUES (${key.uid}, ${key.name}, ${key.prefix}, ${key.secretHash}, ${key.createdBy}, ${key.expiresAt})
    RETURNING ${API_KEY_COLUMNS}`.execute(executor);
  const row = rows[0];
  if (row === undefined) throw new Error('an insert returned no row');
  return row;
}

export async function listApiKeys(executor: Executor): Promise<readonly StoredApiKey[]> {
  const { rows } = await sql<StoredApiKey>`SELECT ${API_KEY_COLUMNS} FROM api_keys ORDER BY id`.execute(
    executor,
  );
  return rows;
}

export async function countApiKeys(executor: Executor): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM api_keys`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** Keeps every other first start waiting while one decides whether to make the administrator key. */
export async function lockApiKeys(executor: Executor): Promise<void> {
  await sql`LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE`.execute(executor);
}

/** True when a key of this uid was usable and is not any more. */
export async function revokeApiKey(executor: Executor, uid: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE api_keys SET revoked_at = greatest(clock_timestamp(), created_at) WHERE uid = ${uid} AND revoked_at IS NULL`.execute(
    executor,
  );
  return numAffectedRows === 1n;
}

/** Whether the row `key` may still be used. */
const KEY_IS_USABLE = sql`(key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > clock_timestamp()))`;

export async function countUsableKeys(executor: Executor): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`SELECT count(*) AS count FROM api_keys key WHERE ${KEY_IS_USABLE}`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** Revokes every key that may still be used; gives how many those were. */
export async function revokeAllApiKeys(executor: Executor): Promise<number> {
  const { numAffectedRows } = await sql`
    UPDATE api_keys key SET revoked_at = greatest(clock_timestamp(), created_at) WHERE ${KEY_IS_USABLE}`.execute(
    executor,
  );
  return Number(numAffectedRows ?? 0n);
}

export interface UsableKey {
  readonly id: number;
  readonly name: string;
  readonly secretHash: Buffer;
}

/** The key with this prefix, if it is neither expired nor revoked; one index look-up however many there are. */
export async function findUsableKey(executor: Executor, prefix: string): Promise<UsableKey | undefined> {
  const { rows } = await sql<UsableKey>`
    SELECT id, name, secret_hash AS "secretHash" FROM api_keys key
    WHERE prefix = ${prefix} AND ${KEY_IS_USABLE}`.execute(executor);
  return rows[0];
}

/** In whose name something is done, and with which key, without which it may be done no more. */
export interface Owner {
  readonly actor: string;
  /** Null: not with a key. */
  readonly apiKeyId: number | null;
}

export interface NewSession extends Owner {
  readonly tokenHash: Buffer;
  readonly lifetimeMs: number;
}

export async function insertSession(executor: Executor, session: NewSession): Promise<void> {
  await sql`
    INSERT INTO sessions (token_hash, actor, api_key_id, expires_at)
    VALUES (${session.tokenHash}, ${session.actor}, ${session.apiKeyId},
      now() + ${session.lifetimeMs} * interval '1 millisecond')`.execute(executor);
}

/** Who a living session belongs to; a session opened with a key dies with the key. */
export async function findSessionOwner(executor: Executor, tokenHash: Buffer): Promise<Owner | undefined> {
  const { rows } = await sql<Owner>`
    SELECT session.actor, session.api_key_id AS "apiKeyId"
    FROM sessions session LEFT JOIN api_keys key ON key.id = session.api_key_id
    WHERE session.token_hash = ${tokenHash} AND session.expires_at > clock_timestamp()
      AND (key.id IS NULL OR ${KEY_IS_USABLE})`.execute(executor);
  return rows[0];
}

export async function deleteSession(executor: Executor, tokenHash: Buffer): Promise<void> {
  await sql`DELETE FROM sessions WHERE token_hash = ${tokenHash} OR expires_at <= clock_timestamp()`.execute(
    executor,
  );
}

/** Removes sessions and one-time tokens that can open nothing any more. */
export async function deleteExpiredAccess(executor: Executor): Promise<void> {
  await sql`DELETE FROM sessions WHERE expires_at <= clock_timestamp()`.execute(executor);
  await sql`DELETE FROM sign_in_tokens WHERE expires_at <= clock_timestamp()`.execute(executor);
}

export interface NewSignInToken extends Owner {
  readonly tokenHash: Buffer;
  readonly lifetimeMs: number;
}

export async function insertSignInToken(executor: Executor, token: NewSignInToken): Promise<Date> {
  const { rows } = await sql<{ expiresAt: Date }>`
    INSERT INTO sign_in_tokens (token_hash, created_by, api_key_id, expires_at)
    VALUES (${token.tokenHash}, ${token.actor}, ${token.apiKeyId},
      now() + ${token.lifetimeMs} * interval '1 millisecond')
    RETURNING expires_at AS "expiresAt"`.execute(executor);
  const row = rows[0];
  if (row === undefined) throw new Error('an insert returned no row');
  return row.expiresAt;
}

/** Uses a one-time token up; who made it, or undefined when it is unknown, used, too old, or its key ended. */
export async function useSignInToken(executor: Executor, tokenHash: Buffer): Promise<Owner | undefined> {
  const { rows } = await sql<Owner>`
    UPDATE sign_in_tokens token SET used_at = clock_timestamp()
    WHERE token_hash = ${tokenHash} AND used_at IS NULL AND expires_at > clock_timestamp()
      AND (api_key_id IS NULL OR EXISTS (SELECT FROM api_keys key WHERE key.id = token.api_key_id AND ${KEY_IS_USABLE}))
    RETURNING created_by AS actor, api_key_id AS "apiKeyId"`.execute(executor);
  return rows[0];
}
