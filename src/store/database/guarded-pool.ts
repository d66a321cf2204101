import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { CircuitBreaker } from '#store/database/breaker.js';
import { isAway, poolExhausted, sqlStateOf } from '#store/database/failure.js';
import {
  currentSessionLimits,
  type SessionLimits,
  STATEMENT_TIMEOUT_MS,
} from '#store/database/session-limits.js';

/** Connections one program may hold; every wait for one is bounded too (I20). */
export const POOL_CONNECTIONS = 20;
export const POOL_WAIT_MS = 10_000;
/**
 * How much later than PostgreSQL this side ends a statement. It does so only where PostgreSQL cannot: a server that
 * stands still, or a line that lost its packets, never says anything.
 */
export const CUT_GRACE_MS = 5_000;
/** What pg-pool says when nobody gave a connection back in time. */
const POOL_WAIT_MESSAGE = 'timeout exceeded when trying to connect';

/** The pool as the query builder sees it: closed while PostgreSQL is away, and no connection is kept beyond its limits. */
export function guardedPool(pool: Pool, breaker: CircuitBreaker): PostgresPool {
  return {
    options: pool.options,
    async connect() {
      breaker.assertNotRefused();
      const limits = currentSessionLimits();
      return guardedClient(await takeConnection(pool, breaker), limits, breaker);
    },
    end: () => pool.end(),
  };
}

/** The same of one connection that somebody else holds and lets go of. */
export function guardedConnection(client: PoolClient, breaker: CircuitBreaker): PostgresPool {
  const { query } = guardedClient(client, currentSessionLimits(), breaker);
  const lent: PostgresPoolClient = { query, release: () => undefined };
  return { options: {}, connect: () => Promise.resolve(lent), end: () => Promise.resolve() };
}

async function takeConnection(pool: Pool, breaker: CircuitBreaker): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    // Connections that hang are all in use as well, so this too is worth a question.
    breaker.suspect();
    if (error instanceof Error && error.message === POOL_WAIT_MESSAGE)
      throw poolExhausted(pool.options.max, pool.options.connectionTimeoutMillis ?? POOL_WAIT_MS, error);
    throw error;
  }
}

function guardedClient(
  client: PoolClient,
  { statementTimeoutMs = STATEMENT_TIMEOUT_MS, deadlineMs }: SessionLimits,
  breaker: CircuitBreaker,
): PostgresPoolClient {
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    breaker.suspect();
    // While a statement runs this destroys the socket, which rejects the statement.
    void client.end().catch(() => undefined);
  };
  const deadline = deadlineMs === undefined ? undefined : setTimeout(cut, deadlineMs);
  async function run<Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    const timer = setTimeout(cut, statementTimeoutMs + CUT_GRACE_MS);
    try {
      const { command, rowCount, rows } = await client.query(text, [...values]);
      breaker.received();
      return { command: commandOf(command), rowCount: rowCount ?? 0, rows };
    } catch (error) {
      if (isAway(error)) breaker.suspect();
      else if (sqlStateOf(error) !== undefined) breaker.received();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
  function query<Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  function query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  function query<Row>(
    statement: string | PostgresCursor<Row>,
    values: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<Row>> | PostgresCursor<Row> {
    if (typeof statement !== 'string') throw new TypeError('no cursors are opened through the query builder');
    return run(statement, values);
  }
  return {
    query,
    release(destroy) {
      clearTimeout(deadline);
      client.release(isCut || destroy === true);
    },
  };
}

type Command = PostgresQueryResult<unknown>['command'];

const COMMANDS: readonly Command[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COMMIT', 'ROLLBACK'];

/** The query builder looks at these words alone; every other one is like SELECT to it. */
function commandOf(term: string): Command {
  return COMMANDS.find((command) => command === term) ?? 'SELECT';
}
