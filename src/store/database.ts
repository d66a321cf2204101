import { Kysely, PostgresDialect } from 'kysely';
import { type ClientConfig, type CustomTypesConfig, Pool, types } from 'pg';

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

/** Connections one program may hold; every wait for one is bounded too (I20). */
export const POOL_CONNECTIONS = 20;
export const POOL_WAIT_MS = 10_000;
/** The longest a single statement, a lock wait and a silent open transaction may take (I18). */
export const STATEMENT_TIMEOUT_MS = 30_000;
export const LOCK_TIMEOUT_MS = 15_000;
export const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;

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

/** Options of every connection we open, pooled or not. */
export function clientConfig(address: DatabaseAddress, applicationName: string): ClientConfig {
  return {
    ...Object.fromEntries(Object.entries(address).filter(([, value]) => value !== undefined)),
    // The embedded server is a local socket; without this word PGSSLMODE in the environment would ask it for TLS.
    ...(address.connectionString === undefined ? { ssl: false } : {}),
    types: typesWithInt8,
    application_name: applicationName,
    connectionTimeoutMillis: POOL_WAIT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
  };
}

export interface Database {
  readonly executor: Executor;
  readonly pool: Pool;
  close(): Promise<void>;
}

/** Opens the pool; nothing connects before the first statement. */
export function openDatabase(address: DatabaseAddress, onConnectionError: (error: Error) => void): Database {
  const pool = new Pool({ ...clientConfig(address, 'scanorama'), max: POOL_CONNECTIONS });
  // A connection that breaks while idle is replaced by the pool, and one that breaks in use also rejects its
  // query; but either emits an error, and one that nobody listens to would end the program.
  pool.on('error', onConnectionError);
  pool.on('connect', (client) => client.on('error', onConnectionError));
  const executor = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  return { executor, pool, close: () => executor.destroy() };
}
