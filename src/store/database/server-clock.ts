import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** The time of PostgreSQL, which is one for all programs of an installation, in milliseconds since 1970. */
export async function serverNow(executor: Executor): Promise<number> {
  const { rows } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(executor);
  const [row] = rows;
  if (row === undefined) throw new Error('a statement that always returns a row returned none');
  return row.now.getTime();
}
