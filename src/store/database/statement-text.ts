import { CompiledQuery } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** Runs a statement that a library wrote (the queue), on the pool or inside an open transaction. */
export async function runStatementText(
  executor: Executor,
  text: string,
  values: readonly unknown[] = [],
): Promise<{ rows: unknown[] }> {
  const { rows } = await executor.executeQuery(CompiledQuery.raw(text, [...values]));
  return { rows };
}
