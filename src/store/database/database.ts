import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import { Client, type ClientConfig, type CustomTypesConfig, Pool, type PoolClient, types } from 'pg';
import { CircuitBreaker } from '#store/database/breaker.js';
import { isAway } from '#store/database/failure.js';
import {
  guardedConnection,
  guardedPool,
  POOL_CONNECTIONS,
  POOL_WAIT_MS,
} from '#store/database/guarded-pool.js';
import { STATEMENT_TIMEOUT_MS } from '#store/database/session-limits.js';

/** Raw SQL is the house style: statements are typed where they are written, not through a table map. */
export type Executor = Kysely<Record<string, never>>;

export interface DatabaseAddress {
  readonly connectionString?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: string | undefined;
}

/** The longest a lock wait and a silent open transaction may take (I18); for statements see `STATEMENT_TIMEOUT_MS`. */
export const LOCK_TIMEOUT_MS = 15_000;
export const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;
/** An idle connection is asked by the system whether it still stands after so long; Linux alone would wait two hours. */
const KEEP_ALIVE_MS = 10_000;
/** How long making the reserved connection may take, and waiting for it. */
const RESERVED_WAIT_MS = 5_000;

const INT8_OID = types.builtins.INT8;

/** Ids and positions are bigint in the database and exact numbers here: 2^53 of them is out of reach. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} is beyond exact numbers`);
  return value;
}

const typesWithInt8: CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === INT8_OID && format !== 'binary' ? parseInt8 : types.getTypeParser(oid, format),
};

/** What every session of ours is held to, whoever opens it. */
export const SESSION_SETTINGS = {
  connectionTimeoutMillis: POOL_WAIT_MS,
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
} as const;

/** Options of every connection we open, pooled or not. */
export function clientConfig(address: DatabaseAddress, applicationName: string): ClientConfig {
  return {
    ...Object.fromEntries(Object.entries(address).filter(([, value]) => value !== undefined)),
    // The embedded server is a local socket; without this word PGSSLMODE in the environment would ask it for TLS.
    ...(address.connectionString === undefined ? { ssl: false } : {}),
    // PostgreSQL 15 of Debian, which compiles statements that look dear, stored 5,000 ports in 2.2 to 5.1 s, and without
    // compiling in 1.2 to 1.7.
    options: '-c jit=off',
    types: typesWithInt8,
    application_name: applicationName,
    ...SESSION_SETTINGS,
  };
}

export interface Database {
  readonly executor: Executor;
  /** One connection beside the pool, made when it is first needed and again after it was lost. */
  readonly reserved: Executor;
  readonly pool: Pool;
  /** Open while PostgreSQL is away; every statement of the executor asks it first. */
  readonly breaker: CircuitBreaker;
  /** Hears of every statement that failed, with the driver's error; calling the result ends that. */
  onStatementError(listener: (error: unknown) => void): () => void;
  close(): Promise<void>;
}

/** Opens the pool; nothing connects before the first statement. */
export function openDatabase(address: DatabaseAddress, onConnectionError: (error: Error) => void): Database {
  const pool = new Pool({ ...clientConfig(address, 'scanorama'), max: POOL_CONNECTIONS });
  const breaker = new CircuitBreaker({
    probe: (signal) => probe(address, signal),
    pause: (durationMs, signal) => sleep(durationMs, undefined, { signal, ref: false }),
  });
  const onError = (error: Error): void => {
    breaker.suspect();
    onConnectionError(error);
  };
  const reservedPool = new Pool({
    ...clientConfig(address, 'scanorama reserved'),
    connectionTimeoutMillis: RESERVED_WAIT_MS,
    max: 1,
  });
  // A connection that breaks while idle is replaced by the pool, and one that breaks in use also rejects its
  // query; but either emits an error, and one that nobody listens to would end the program.
  for (const one of [pool, reservedPool]) {
    one.on('error', onError);
    one.on('connect', (client) => client.on('error', onError));
  }
  const listeners = new Set<(error: unknown) => void>();
  const executor = new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool: guardedPool(pool, breaker) }),
    log(event) {
      if (event.level === 'error') for (const listener of listeners) listener(event.error);
    },
  });
  const reserved = new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool: guardedPool(reservedPool, breaker) }),
  });
  return {
    executor,
    reserved,
    pool,
    breaker,
    onStatementError(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      await breaker.close();
      await Promise.all([executor.destroy(), reserved.destroy()]);
    },
  };
}

/** Statements on one connection that the caller holds, under the session limits of this moment. */
export function executorOn(client: PoolClient, breaker: CircuitBreaker): Executor {
  return new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool: guardedConnection(client, breaker) }),
  });
}

/** Makes a connection of its own: the pool may be full of ones that hang. A server that refuses with a reason is there. */
async function probe(address: DatabaseAddress, signal: AbortSignal): Promise<void> {
  // Its own socket, since pg cannot end a connection that was never whole.
  const socket = new Socket();
  const client = new Client({ ...clientConfig(address, 'scanorama probe'), stream: () => socket });
  client.on('error', () => undefined);
  const hangUp = (): void => void socket.destroy();
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    await client.connect();
    await client.query('SELECT 1');
  } catch (error) {
    if (isAway(error) || signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', hangUp);
    hangUp();
  }
}
