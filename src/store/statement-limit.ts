import { sql } from 'kysely';
import type { Executor } from '#store/database.js';

/** Tells PostgreSQL what a statement of the open transaction may take; this side is told by `withSessionLimits`. */
export async function allowStatements(executor: Executor, timeoutMs: number): Promise<void> {
  await sql`SELECT set_config('statement_timeout', ${String(timeoutMs)}, true)`.execute(executor);
}
