import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** Tells PostgreSQL what a statement of the open transaction may take. */
export async function allowStatements(executor: Executor, timeoutMs: number): Promise<void> {
  await sql`SELECT set_config('statement_timeout', ${String(timeoutMs)}, true)`.execute(executor);
}

/**
 * Does a part of the open transaction that may fail by itself: then nothing of it is stored, its error is thrown, and
 * the transaction can go on. Each of its statements may take so long, in milliseconds; those after it as long as before.
 */
export async function inSavepoint<Result>(
  executor: Executor,
  timeoutMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const { rows } = await sql<{
    before: string;
  }>`SELECT current_setting('statement_timeout') AS before`.execute(executor);
  await sql`SAVEPOINT part`.execute(executor);
  try {
    await allowStatements(executor, timeoutMs);
    const result = await work();
    await sql`SELECT set_config('statement_timeout', ${rows[0]?.before ?? ''}, true)`.execute(executor);
    await sql`RELEASE SAVEPOINT part`.execute(executor);
    return result;
  } catch (error) {
    // Takes the limit back too.
    await sql`ROLLBACK TO SAVEPOINT part`.execute(executor);
    throw error;
  }
}
