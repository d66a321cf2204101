import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { storageError } from '#store/database/failure.js';
import { STATEMENT_TIMEOUT_MS, withSessionLimits } from '#store/database/session-limits.js';
import { allowStatements } from '#store/database/statement-limit.js';

export interface SnapshotLimits {
  /** `STATEMENT_TIMEOUT_MS` where nobody says else. */
  readonly statementTimeoutMs?: number;
  /** An abort cancels the statement that is running, in the database too; that is thrown as its failure. */
  readonly signal?: AbortSignal;
}

/**
 * Lends one read-only transaction in which every statement sees the same instant, so that a page, its
 * rows and their count belong together. Throws what the unit of work throws.
 */
export async function inSnapshot<Result>(
  executor: Executor,
  read: (executor: Executor) => Promise<Result>,
  { statementTimeoutMs = STATEMENT_TIMEOUT_MS, signal }: SnapshotLimits = {},
): Promise<Result> {
  try {
    return await withSessionLimits({ statementTimeoutMs }, () =>
      executor
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute(async (snapshot) => {
          if (statementTimeoutMs !== STATEMENT_TIMEOUT_MS)
            await allowStatements(snapshot, statementTimeoutMs);
          return signal === undefined ? read(snapshot) : cancelOnAbort({ executor, snapshot, signal, read });
        }),
    );
  } catch (error) {
    throw storageError(error);
  }
}

interface Cancellable<Result> {
  /** Asks for the cancelling; not the one that waits. */
  readonly executor: Executor;
  readonly snapshot: Executor;
  readonly signal: AbortSignal;
  readonly read: (executor: Executor) => Promise<Result>;
}

async function cancelOnAbort<Result>({ executor, snapshot, signal, read }: Cancellable<Result>) {
  const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(snapshot);
  const pid = rows[0]?.pid;
  signal.throwIfAborted();
  let cancelling: Promise<unknown> = Promise.resolve();
  const cancel = (): void => {
    // Failing to cancel leaves the statement to its time limit.
    cancelling = sql`SELECT pg_cancel_backend(${pid})`.execute(executor).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await read(snapshot);
  } finally {
    signal.removeEventListener('abort', cancel);
    // Before the connection goes back, or the cancelling could hit who has it next.
    await cancelling;
  }
}
