import type { Database, Executor } from '#store/database.js';
import { storageError } from '#store/failure.js';

/**
 * The unit of work. Repositories are functions whose first argument is an executor: the pool
 * (`store.read`) or an open transaction. One set of them serves both (I2).
 */
export interface Store {
  readonly read: Executor;
  /**
   * Runs `work` in one transaction: all of it is committed, or none. Inside another unit of work the
   * inner one joins the outer. Throws ScanoramaError; a driver error becomes `storage_failed` or
   * `database_unavailable`.
   */
  transaction<Result>(work: (executor: Executor) => Promise<Result>): Promise<Result>;
}

export function createStore(database: Database): Store {
  return { read: database.executor, transaction: (work) => inTransaction(database.executor, work) };
}

/** The same, inside a transaction that is open: every unit of work joins it. */
export function storeWithin(executor: Executor): Store {
  return { read: executor, transaction: (work) => inTransaction(executor, work) };
}

/** The same for code that was handed an executor and does not know whether a transaction is open. */
export async function inTransaction<Result>(
  executor: Executor,
  work: (executor: Executor) => Promise<Result>,
): Promise<Result> {
  if (executor.isTransaction) return work(executor);
  try {
    return await executor.transaction().execute(work);
  } catch (error) {
    throw storageError(error);
  }
}
