import type { CircuitBreaker } from '#store/database/breaker.js';
import type { Database, Executor } from '#store/database/database.js';
import { isAway, sqlStateOf, storageError } from '#store/database/failure.js';
import { POOL_CONNECTIONS } from '#store/database/guarded-pool.js';
import { type SessionLimits, withSessionLimits } from '#store/database/session-limits.js';
import { FOREIGN_KEY_VIOLATION } from '#store/database/sqlstate.js';
import { allowStatements } from '#store/database/statement-limit.js';
import type { Metrics, TransactionKind, TransactionOutcome } from '#telemetry/metrics.js';

export interface TransactionOptions extends SessionLimits {
  /** What it is measured as; `other` where nobody says. */
  readonly kind?: TransactionKind;
}

/**
 * The unit of work. Repositories are functions whose first argument is an executor: the pool
 * (`store.read`) or an open transaction. One set of them serves both (I2).
 */
export interface Store {
  readonly read: Executor;
  /** The one connection that is never waited for long: for what must be read in time, however full the pool is. */
  readonly reserved: Executor;
  /** Open while PostgreSQL is away. */
  readonly breaker: CircuitBreaker;
  /** How many connections are lent, rest, and are waited for. */
  connections(): ConnectionCounts;
  /**
   * Runs `work` in one transaction: all of it is committed, or none. Inside another unit of work the
   * inner one joins the outer. Throws ScanoramaError; a driver error becomes `storage_failed` or
   * `database_unavailable`.
   */
  transaction<Result>(
    work: (executor: Executor) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
}

export interface ConnectionCounts {
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
  readonly limit: number;
}

/** A transaction that takes longer makes somebody ask whether PostgreSQL is still there. */
const LONG_TRANSACTION_MS = 1_000;

export function createStore(database: Database, metrics?: Metrics): Store {
  const { executor, reserved, pool, breaker } = database;
  database.onStatementError((error) => {
    if (sqlStateOf(error) === FOREIGN_KEY_VIOLATION) metrics?.foreignKeyViolations.inc();
  });
  breaker.onChange((isOpen) => {
    if (isOpen) metrics?.breakerOpenings.inc();
  });
  return {
    read: executor,
    reserved,
    breaker,
    connections: () => ({
      inUse: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
      limit: POOL_CONNECTIONS,
    }),
    async transaction(work, { kind = 'other', ...limits } = {}) {
      const begunMs = performance.now();
      const probe = setTimeout(() => breaker.suspect(), LONG_TRANSACTION_MS);
      let outcome: TransactionOutcome = 'committed';
      try {
        return await withSessionLimits(limits, () =>
          inTransaction(executor, async (transaction) => {
            if (limits.statementTimeoutMs !== undefined)
              await allowStatements(transaction, limits.statementTimeoutMs);
            return work(transaction);
          }),
        );
      } catch (error) {
        outcome = outcomeOf(error);
        throw error;
      } finally {
        clearTimeout(probe);
        metrics?.transactions.inc({ kind, outcome });
        metrics?.transactionDuration.observe({ kind }, (performance.now() - begunMs) / 1_000);
      }
    },
  };
}

/** `rolled_back`: by our own decision. */
function outcomeOf(error: unknown): TransactionOutcome {
  if (isAway(error)) return 'unavailable';
  return error instanceof Error && sqlStateOf(error.cause) !== undefined ? 'failed' : 'rolled_back';
}

/** The same, inside a transaction that is open: every unit of work joins it. */
export function storeWithin(store: Store, executor: Executor): Store {
  return { ...store, read: executor, transaction: (work) => inTransaction(executor, work) };
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
