import type { PoolClient } from 'pg';
import { type Database, type Executor, executorOn } from '#store/database/database.js';
import { storageError } from '#store/database/failure.js';
import { withSessionLimits } from '#store/database/session-limits.js';

/** One connection, for COPY, which the query builder has not, and for statements beside it. */
export interface CopySession {
  readonly client: PoolClient;
  readonly executor: Executor;
}

export interface CopyLimits {
  /** What one statement, and a pause between two, may take. */
  readonly statementTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Lends a connection on which a transaction is to be opened and committed. An abort or a failure ends it, and with it
 * what was not committed: no half-read COPY is reused, and no rollback waits behind one.
 */
export async function withCopySession<Result>(
  database: Database,
  { statementTimeoutMs, signal }: CopyLimits,
  work: (session: CopySession) => Promise<Result>,
): Promise<Result> {
  const client = await database.pool.connect().catch((error: unknown) => {
    throw storageError(error);
  });
  const hangUp = () => void client.end().catch(() => undefined);
  signal?.addEventListener('abort', hangUp, { once: true });
  let done = false;
  try {
    signal?.throwIfAborted();
    const result = await withSessionLimits({ statementTimeoutMs }, () =>
      work({ client, executor: executorOn(client, database.breaker) }),
    );
    done = true;
    return result;
  } finally {
    signal?.removeEventListener('abort', hangUp);
    client.release(!done);
  }
}

/** In an open transaction: limits of its own, and one way of writing values whatever the server's settings are. */
export async function prepareToCopy(client: PoolClient, statementTimeoutMs: number): Promise<void> {
  await client.query(
    `SELECT set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true),
      set_config('client_encoding', 'UTF8', true), set_config('timezone', 'UTC', true),
      set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true),
      set_config('extra_float_digits', '3', true), set_config('bytea_output', 'hex', true)`,
    [String(statementTimeoutMs)],
  );
}
