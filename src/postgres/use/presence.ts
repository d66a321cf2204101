import { Socket } from 'node:net';
import { Client, escapeIdentifier } from 'pg';
import { DATABASE } from '#postgres/cluster/settings.js';

/**
 * Presence is a shared advisory lock, held by one connection for as long as a program uses the server. A program
 * that leaves releases it and tries the exclusive lock. With that lock it is the only user, and no other program
 * can join. The connection is to the maintenance database, where no other program takes advisory locks.
 */
const PRESENCE_KEY = 7_310_014_526;
const MAINTENANCE_DATABASE = 'postgres';
const CONNECT_TIMEOUT_MS = 5_000;
/** A server that is stopped or hung does not hold up a program's exit. */
const LEAVE_TIMEOUT_MS = 10_000;
const END_TIMEOUT_MS = 2_000;

export interface Connection {
  /** The directory of the server's socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** No server listens: there is no socket, or one that a dead server left. */
const ABSENT = new Set(['ENOENT', 'ECONNREFUSED']);
/** A server that is starting, stopping, recovering or full. */
const BUSY = new Set(['57P01', '57P02', '57P03', '53300', '08006', 'ECONNRESET', 'EPIPE', 'EAGAIN']);
const ADMIN_SHUTDOWN = '57P01';
const DUPLICATE_DATABASE = new Set(['42P04', '23505']);

export type NoPresence = 'absent' | 'busy';

export class Presence {
  /** Resolves when the connection has ended, whichever side ended it. */
  readonly ended: Promise<void>;
  readonly #client: Client;
  readonly #socket: Socket;

  private constructor(client: Client, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
    this.ended = new Promise((resolve) => void client.once('end', () => resolve()));
    client.on('error', () => undefined);
  }

  /**
   * Connects and joins. `absent`: no server listens. `busy`: a server listens, but it cannot be joined now. Waits
   * while the last user is stopping it, which ends as `busy`. An abort closes the connection.
   */
  static async join(connection: Connection, signal: AbortSignal): Promise<Presence | NoPresence> {
    const socket = new Socket();
    const client = new Client({
      stream: () => socket,
      ...connection,
      database: MAINTENANCE_DATABASE,
      // Without this, PGSSLMODE in the environment would require TLS on a local socket.
      ssl: false,
      application_name: 'scanorama presence',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    const presence = new Presence(client, socket);
    // Not the client's own `end`, which waits for the server and leaves a connect pending.
    const giveUp = () => void socket.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await client.connect();
      await client.query('select pg_advisory_lock_shared($1::bigint)', [PRESENCE_KEY]);
      await makeDatabase(client);
      return presence;
    } catch (error) {
      giveUp();
      signal.throwIfAborted();
      return refusal(error);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Releases the lock. Returns whether no other program uses the server. If so, none can join until `end`. Throws
  when the connection is lost. */
  async leave(): Promise<boolean> {
    const timer = setTimeout(() => void this.#socket.destroy(), LEAVE_TIMEOUT_MS);
    try {
      return await this.#tryAlone();
    } catch (error) {
      // Between the two steps another program was the last user and is stopping the server.
      if (codeOf(error) === ADMIN_SHUTDOWN) return false;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #tryAlone(): Promise<boolean> {
    await this.#client.query('select pg_advisory_unlock_shared($1::bigint)', [PRESENCE_KEY]);
    const { rows } = await this.#client.query<{ alone: boolean }>(
      'select pg_try_advisory_lock($1::bigint) as alone',
      [PRESENCE_KEY],
    );
    return rows[0]?.alone === true;
  }

  async end(): Promise<void> {
    const timer = setTimeout(() => void this.#socket.destroy(), END_TIMEOUT_MS);
    void this.#client.end().catch(() => undefined);
    await this.ended;
    clearTimeout(timer);
  }
}

async function makeDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
  if (rowCount !== 0) return;
  try {
    await client.query(`create database ${escapeIdentifier(DATABASE)}`);
  } catch (error) {
    if (!DUPLICATE_DATABASE.has(codeOf(error) ?? '')) throw error;
  }
}

/** Rethrows errors that waiting does not resolve, such as a wrong password. */
function refusal(error: unknown): NoPresence {
  const code = codeOf(error);
  if (code !== undefined && ABSENT.has(code)) return 'absent';
  if (code !== undefined && BUSY.has(code)) return 'busy';
  // The client's own messages for a connection that broke or was never made. They have no code.
  const words = code === undefined && error instanceof Error ? error.message : '';
  if (/terminated|timeout|timed out|not queryable|closed/i.test(words)) return 'busy';
  throw error;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
