import { sql } from 'kysely';
import { type Executor, STATEMENT_TIMEOUT_MS } from '#store/database.js';
import { storageError } from '#store/failure.js';

/**
 * Lends one read-only transaction in which every statement sees the same instant, so that a page, its
 * rows and their count belong together. Throws what the unit of work throws.
 */
export async function inSnapshot<Result>(
  executor: Executor,
  read: (executor: Executor) => Promise<Result>,
  statementTimeoutMs: number = STATEMENT_TIMEOUT_MS,
): Promise<Result> {
  try {
    return await executor
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (snapshot) => {
        if (statementTimeoutMs !== STATEMENT_TIMEOUT_MS) await allowStatements(snapshot, statementTimeoutMs);
        return read(snapshot);
      });
  } catch (error) {
    throw storageError(error);
  }
}

async function allowStatements(executor: Executor, timeoutMs: number): Promise<void> {
  await sql`SELECT set_config('statement_timeout', ${String(timeoutMs)}, true)`.execute(executor);
}
